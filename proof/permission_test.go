package proof_test

import (
	"fmt"
	"strings"
	"testing"

	"portico/authz"
	"portico/ent/db/employee"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// objectOf returns the object that an operation acts on: the first argument, or field
// of its input, that is the id of a row of an account. A seal (5.12) isn't among them:
// it is no node, so nothing is decided about it by its id.
func (s *stage) objectOf(args map[string]any) (string, bool) {
	in, is := args["input"].(input)
	if !is {
		in = args
	}
	for _, name := range []string{"applicationId", "serviceId", "employeeId", "roleId", "invitationId", "invoiceId", "verificationId", "topUpId", "payerId",
		"paymentId", "groupId", "grantId", "approvalId", "accountId", "id"} {
		if id, is := in[name].(string); is {
			return id, true
		}
	}
	return "", false
}

// decisive reports whether an outcome of the matrix rests on who sends an operation:
// false for refusals that rest on its input or on the state of its object.
func decisive(outcome string) (allowed, is bool) {
	switch {
	case strings.HasPrefix(outcome, "done"):
		return true, true
	case outcome == "FORBIDDEN", outcome == "NOT_FOUND", strings.HasPrefix(outcome, "STEP_UP_REQUIRED"):
		return false, true
	}
	for _, code := range denying {
		if strings.HasPrefix(outcome, code+"(") {
			return false, true
		}
	}
	return false, false
}

// TestPermissionsSayWhatThenHappens compares can and whoCan with the reviewed
// matrix, which executes the operations: for each operation that asks for a
// permission of an account, as each role, on its own and another account, verified
// or not, with new terms to accept or not.
func TestPermissionsSayWhatThenHappens(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		cells := matrixCells(t)
		compared := 0
		for _, f := range append(fields(published().Query), fields(published().Mutation)...) {
			do, asks := guarding(f.Name)
			if !asks || operations[f.Name].everyones {
				continue
			}
			for _, role := range matrixRoles() {
				for _, c := range []struct {
					column string
					x, by  *side
				}{{"own", s.a, s.a}, {"foreign", s.b, s.a}, {"unverified", s.unverified, s.unverified}, {"terms-due", s.due, s.due}} {
					allowed, is := decisive(cells[cell{f.Name, role, c.column}])
					by := s.as(role, c.by)
					if !is || by == nil || by.PersonID == "" {
						continue
					}
					on, is := s.objectOf(operations[f.Name].args(s, c.x, by))
					if !is {
						continue
					}
					compared++
					at := fmt.Sprintf("%s as %s, %s: can %s on %s", f.Name, role, c.column, do.Enum(), on)
					if got := s.says(t, by, on, do); got != allowed {
						t.Errorf("%s is %v, and it is %s", at, got, cells[cell{f.Name, role, c.column}])
					}
					if c.column != "foreign" && !operator(role) {
						if got := s.lists(c.x, by, on, do); got != allowed {
							t.Errorf("%s: whoCan lists it: %v", at, got)
						}
					}
				}
			}
		}
		if compared < 500 {
			t.Errorf("only %d cells were compared", compared)
		}
	})
}

// says returns what can says.
func (s *stage) says(t *testing.T, by *portaltest.Actor, on string, do authz.Permission) bool {
	t.Helper()
	d := s.Must(by, `query($on: ID!, $do: Permission!) { can(on: $on, do: $do) { allowed grants { id } refusal { code clause remedy { description } } } }`,
		map[string]any{"on": on, "do": do.Enum()})
	allowed := portaltest.At(d, "can", "allowed") == true
	grants, _ := portaltest.At(d, "can", "grants").([]any)
	if operatorGives := by.AccountID == ""; allowed && len(grants) == 0 && !operatorGives || !allowed && (portaltest.String(d, "can", "refusal", "code") == "" || len(grants) > 0) {
		t.Errorf("%s on %s: %v", do, on, d)
	}
	return allowed
}

// lists reports whether whoCan lists an employee, as the account's owner reads it.
func (s *stage) lists(x *side, by *portaltest.Actor, on string, do authz.Permission) bool {
	x.T.Helper()
	id, err := s.Portal.Store.Read().Employee.Query().Where(employee.AccountID(x.account), employee.PersonID(by.PersonID)).OnlyID(s.System())
	if err != nil {
		x.T.Fatal(err)
	}
	after := ""
	for {
		d := s.Must(x.owner, `query($on: ID!, $do: Permission!, $after: String) { whoCan(on: $on, do: $do, first: 7, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }`,
			map[string]any{"on": on, "do": do.Enum(), "after": optionally(after)})
		rows, _ := portaltest.At(d, "whoCan", "nodes").([]any)
		for _, row := range rows {
			if portaltest.String(row, "id") == id {
				return true
			}
		}
		if portaltest.At(d, "whoCan", "pageInfo", "hasNextPage") != true {
			return false
		}
		after = portaltest.String(d, "whoCan", "pageInfo", "endCursor")
	}
}

// optionally is an argument that may be missing.
func optionally(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// 1.4: what nobody may do is refused by its clause, and nobody is listed.
func TestNobodyMayTransferAnything(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		for _, p := range authz.Permissions() {
			if !p.NonTransferable() {
				continue
			}
			v := map[string]any{"on": a.AccountID, "do": p.Enum()}
			d := w.Must(a, `query($on: ID!, $do: Permission!) { can(on: $on, do: $do) { allowed refusal { code clause } } whoCan(on: $on, do: $do) { totalCount nodes { id } } }`, v)
			if portaltest.At(d, "can", "allowed") != false || portaltest.String(d, "can", "refusal", "code") != staff.NotTransferable.Code ||
				portaltest.String(d, "can", "refusal", "clause") != "1.4" || portaltest.At(d, "whoCan", "totalCount") != 0.0 {
				t.Errorf("%s: %v", p, d)
			}
		}
	})
}
