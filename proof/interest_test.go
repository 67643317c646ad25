package proof_test

import (
	"slices"
	"testing"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/auditevent"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// impersonal are the permissions of operators for changes that aren't about one
// account.
var impersonal = []authz.Permission{authz.NoticePublish, authz.TermsPublish, authz.NoticeRead, authz.SandboxAdvance, authz.SandboxPay, authz.AuditRead}

// TestOperatorsDoNotDecideOnTheirOwnMoney sends every mutation that an
// operator's role permits. An operator with an interest in an account can't
// decide about it, and can decide about another account.
func TestOperatorsDoNotDecideOnTheirOwnMoney(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s, cases := newStage(w), 0
		actors := map[string]*portaltest.Actor{}
		for _, role := range staff.OperatorRoles {
			a := w.Operator(role)
			if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error { return hire(tx, s.a.account, a.PersonID, "auditor") }); err != nil {
				t.Fatal(err)
			}
			actors[role] = a
		}
		for _, name := range ordered() {
			f := published().Mutation.Fields.ForName(name)
			if f == nil {
				continue
			}
			perm, ok := authz.ParsePermission(permission(f.Directives.ForName("can"), "do"))
			if !ok {
				continue
			}
			ref, decides := perm.Decides()
			for _, role := range staff.OperatorRoles {
				switch {
				case !authz.Law().Role(role).Has(perm):
				case decides:
					cases++
					s.decidesOwn(t, name, role, string(ref), actors[role])
				case !slices.Contains(impersonal, perm):
					t.Errorf("%s is an operator's: does %s decide about an account? Name it in authz, or here", name, perm)
				}
			}
		}
		t.Logf("%d cases", cases)
		if cases == 0 {
			t.Error("no mutation decides")
		}
	})
}

// decidesOwn sends a mutation as an operator who works for account a, first
// about a, then about b.
func (s *stage) decidesOwn(t *testing.T, name, role, ref string, by *portaltest.Actor) {
	t.Helper()
	codes := func(x *side) (code, clause string) {
		args := operations[name].args(s, x, by)
		root, _ := refusals(s.Send(by, document(name, args, shape{first: 2, depth: 1}), args))
		if len(root) > 0 {
			return root[0].code, root[0].clause
		}
		if done := operations[name].done; done != nil {
			done(x, by)
		}
		return "", ""
	}
	if code, clause := codes(s.a); code != "CONFLICT_OF_INTEREST" || clause != ref {
		t.Errorf("%s: %s as %s decides about its own account: %q (%s)", ref, name, role, code, clause)
	}
	audited := s.Portal.Store.Read().AuditEvent.Query().Where(auditevent.ActorID(by.PersonID),
		auditevent.Action(name), auditevent.Code("CONFLICT_OF_INTEREST"), auditevent.ResultEQ(auditevent.ResultREFUSED)).CountX(s.System())
	if audited != 1 {
		t.Errorf("1.2: %s as %s: %d events in the audit", name, role, audited)
	}
	if code, _ := codes(s.b); code == "CONFLICT_OF_INTEREST" || code == "FORBIDDEN" {
		t.Errorf("%s as %s: another account: %s", name, role, code)
	}
}
