package staff_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"portico/clause"
	"portico/ent"
	"portico/ent/db/account"
	"portico/ent/db/approval"
	"portico/ent/db/employee"
	"portico/ent/db/invitation"
	"portico/portal/access/staff"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

const previewQ = `query($e: ID!, $s: ID) { offboardingPreview(employeeId: $e, successorId: $s) {
	holdings { kind count node { __typename id } transferable refusal { code message field clause remedy { description operation input } } }
	refusals { code message field clause params remedy { description operation input } } } }`

// leaving are the variables of a preview.
func leaving(employeeID string, successor ...string) map[string]any {
	v := map[string]any{"e": employeeID}
	if len(successor) > 0 {
		v["s"] = successor[0]
	}
	return v
}

// waiting stores an approval that waits for a decision about an order.
func waiting(tx *ent.Tx, accountID, askedBy, applicationID string, spending *int64) (string, error) {
	create := tx.Approval.Create().SetAccountID(accountID).SetStatus(approval.StatusREQUESTED).SetOperation("placeOrder").SetObjectID(accountID).
		SetInput([]byte("-")).SetInputHash("-").SetRefusal("{}").SetPermission("order:place").SetAskedBy(askedBy).SetAskedAddress("192.0.2.1").
		SetAskedAgent("test").SetAskedAt(tx.Now).SetExpiresAt(tx.Now.Add(7 * 24 * time.Hour)).SetLapsesAt(tx.Now.Add(7 * 24 * time.Hour)).SetNillableSpending(spending)
	if applicationID != "" {
		create.SetApplicationID(applicationID)
	}
	row, err := create.Save(tx)
	if err != nil {
		return "", err
	}
	return row.ID, nil
}

// sent stores a pending invitation by an employee to one grant.
func sent(tx *ent.Tx, accountID, by string, g ent.InvitedGrant) (string, error) {
	row, err := tx.Invitation.Create().SetAccountID(accountID).SetAddress([]byte("-")).SetAddressIndex(ent.NewID("x")).SetMedium(invitation.MediumPHONE).
		SetRoleIds([]string{}).SetGrants([]ent.InvitedGrant{g}).SetTokenHash(ent.NewID("x")).SetStatus(invitation.StatusPENDING).
		SetInvitedBy(by).SetCreatedAt(tx.Now).SetExpiresAt(tx.Now.Add(7 * 24 * time.Hour)).Save(tx)
	if err != nil {
		return "", err
	}
	return row.ID, nil
}

func TestOffboardingIsPreviewed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Person("Berta")
		id := a.AccountID
		berta := join(w, a, id, b, builtIn("administrator")...)
		fina := join(w, a, id, w.Person("Fina"), builtIn("finance")...)
		adam := join(w, a, id, w.Person("Adam"), builtIn("administrator")...)
		invited, _ := invited(w, b, id, "+8613700000040", builtIn("developer")...)
		var asked string
		write(w, func(tx *ent.Tx) (err error) {
			asked, err = waiting(tx, id, b.PersonID, "", nil)
			return err
		})
		kinds := func(v map[string]any) map[string]any {
			m := map[string]any{}
			for _, h := range portaltest.At(w.Must(a, previewQ, v), "offboardingPreview", "holdings").([]any) {
				m[portaltest.String(h, "kind")] = h
			}
			return m
		}
		t.Run("1.5: what an employee holds is shown, with what passes on", func(t *testing.T) {
			got := kinds(leaving(berta, adam))
			for kind, want := range map[string][3]any{"INVITATIONS": {1.0, invited, true}, "APPROVALS": {1.0, asked, false}, "GRANTS": {1.0, "", false}} {
				h := got[kind]
				if portaltest.At(h, "count") != want[0] || want[1] != "" && portaltest.String(h, "node", "id") != want[1] || portaltest.At(h, "transferable") != want[2] || portaltest.At(h, "refusal") != nil {
					t.Errorf("%s: %v", kind, h)
				}
			}
			if len(got) != 3 || portaltest.String(got["GRANTS"], "node", "__typename") != "Grant" {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.5: without a successor, or with one that can't, it says what the offboarding will say", func(t *testing.T) {
			for _, v := range []map[string]any{leaving(berta), leaving(berta, fina), leaving(berta, berta), leaving(berta, "empl_01JNOBODY")} {
				want := w.Refused(a, offboardM, of(input{"employeeId": berta, "successorId": v["s"]}))
				d := w.Must(a, previewQ, v)
				first := portaltest.At(d, "offboardingPreview", "refusals", 0)
				if portaltest.String(first, "code") != want.Code || portaltest.String(first, "clause") != want.Clause || portaltest.String(first, "message") != want.Message {
					t.Errorf("%v, want %v", first, want)
				}
				h := kinds(v)["INVITATIONS"]
				if portaltest.String(h, "refusal", "code") != want.Code || portaltest.At(h, "transferable") != false {
					t.Errorf("%v", h)
				}
			}
		})
	})
}

func TestWhoPreviewsAnOffboarding(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Person("Berta")
		id := a.AccountID
		berta := join(w, a, id, b, builtIn("administrator")...)
		t.Run("1.5: who may offboard sees its own, and another account's owner sees nothing", func(t *testing.T) {
			if got := portaltest.At(w.Must(b, previewQ, leaving(berta)), "offboardingPreview", "holdings").([]any); len(got) != 1 {
				t.Errorf("%v", got)
			}
			other := w.Verified("Other")
			if r := w.Send(other, previewQ, leaving(berta)); len(r.Errors) != 1 || r.Errors[0].Code() != "NOT_FOUND" {
				t.Errorf("%s", r.Raw)
			}
		})
		t.Run("1.4: the owner's holdings are shown, and that it stays", func(t *testing.T) {
			owner := portaltest.String(w.Must(a, people, map[string]any{"id": id}), "account", "owner", "id")
			d := w.Must(a, previewQ, leaving(owner, berta))
			if portaltest.String(d, "offboardingPreview", "refusals", 0, "code") != "OWNER_UNCHANGED" {
				t.Errorf("%v", d)
			}
		})
	})
}

func TestAnApprovalThatNobodyElseDecides(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, c := w.Verified("Acme"), w.Person("Berta"), w.Person("Cora")
		id := a.AccountID
		berta := join(w, a, id, b, builtIn("operations")...)
		cora := join(w, a, id, c, builtIn("developer")...)
		var asked string
		write(w, func(tx *ent.Tx) (err error) {
			asked, err = waiting(tx, id, a.PersonID, "", new(int64(100)))
			return err
		})
		limited := func(amount string) {
			w.Done(a, setRolesM, of(input{"employeeId": cora, "roleIds": builtIn("operations"), "spendingLimit": yuan(amount)}))
		}
		t.Run("1.5: an approval that the leaver alone could decide needs another who can", func(t *testing.T) {
			wants(w, w.Refused(a, offboardM, of(input{"employeeId": berta})), "SUCCESSOR_REQUIRED", "1.5", "successorId")
			wants(w, w.Refused(a, offboardM, of(input{"employeeId": berta, "successorId": cora})), "SUCCESSOR_UNFIT", "1.5", "successorId")
			h := portaltest.At(w.Must(a, previewQ, leaving(berta, cora)), "offboardingPreview", "holdings", 0)
			if portaltest.String(h, "kind") != "DECISIONS" || portaltest.String(h, "node", "id") != asked || portaltest.String(h, "refusal", "code") != "SUCCESSOR_UNFIT" {
				t.Errorf("%v", h)
			}
		})
		t.Run("1.5: one whose limit is too low can't decide it either", func(t *testing.T) {
			limited("0.99")
			wants(w, w.Refused(a, offboardM, of(input{"employeeId": berta, "successorId": cora})), "SUCCESSOR_UNFIT", "1.5", "successorId")
		})
		t.Run("1.5: once another could decide it, the employee leaves", func(t *testing.T) {
			limited("1.00")
			w.Done(a, offboardM, of(input{"employeeId": berta}))
		})
	})
}

// TestThePreviewSaysWhatTheOffboardingDoes: for random holdings and successors the
// preview refuses nothing exactly if the offboarding is done, and otherwise the
// offboarding is refused for the preview's first reason.
func TestThePreviewSaysWhatTheOffboardingDoes(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		people := []*portaltest.Actor{w.Person("Owner"), w.Person("Leaver"), w.Person("Heir"), w.Person("Fourth")}
		serial, done := 0, map[bool]int{}
		rapid.Check(t, func(rt *rapid.T) {
			serial++
			id, employees := ent.NewID("acct"), make([]string, 4)
			var leaver string
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error { return generated(tx, rt, id, serial, people, employees) })
			if err != nil {
				rt.Fatal(err)
			}
			leaver = employees[rapid.SampledFrom([]int{1, 1, 1, 1, 1, 0}).Draw(rt, "leaver")]
			successor := rapid.SampledFrom([]*string{nil, &employees[0], &employees[1], &employees[2], &employees[2], &employees[3], new("empl_01JNOBODY")}).Draw(rt, "successor")
			actor := people[rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3}).Draw(rt, "actor")]
			preview, refused := staff.PreviewOffboarding(w.As(actor), w.Portal.Store, leaver, successor)
			_, err = staff.OffboardEmployee(w.As(actor), w.Portal.Store, staff.OffboardEmployeeInput{EmployeeID: leaver, SuccessorID: successor})
			got := command.Refusals(err)
			if err != nil && len(got) == 0 {
				rt.Fatal(err)
			}
			var want clause.Refusals
			if refused != nil {
				want = command.Refusals(refused)
			} else {
				want = preview.Refusals
			}
			if len(got) != len(want) && len(got) != 1 || len(got) > 0 && (len(want) == 0 || got[0].Code != want[0].Code) {
				rt.Fatalf("previewed %v, and then %v", want, err)
			}
			done[err == nil]++
			if err == nil {
				w.Begin(people[1])
				passed(w, rt, preview, successor)
			}
		})
		if done[true] < 10 || done[false] < 10 {
			t.Errorf("%v", done)
		}
	})
}

// passed holds that what was to pass to the successor did, and that nothing else was
// left.
func passed(w *portaltest.World, rt *rapid.T, p *staff.OffboardingPreview, successor *string) {
	for _, h := range p.Holdings {
		if h.Refusal != nil {
			rt.Fatalf("%s is refused, and was done", h.Kind)
		}
		if h.Kind != staff.HeldInvitations {
			continue
		}
		n, err := w.Portal.Store.Read().Invitation.Query().Where(invitation.InvitedBy(*successor), invitation.StatusEQ(invitation.StatusPENDING)).Count(w.System())
		if err != nil || !h.Transferable || n != h.Count {
			rt.Fatalf("%d of %d passed: %v", n, h.Count, err)
		}
	}
}

// generated stores an account with an owner and up to three other employees with random
// roles, of whom the first holds random things.
func generated(tx *ent.Tx, rt *rapid.T, id string, serial int, people []*portaltest.Actor, employees []string) error {
	err := tx.Account.Create().SetID(id).SetNumber(fmt.Sprint(870000000 + serial)).SetName("Company").SetStatus(account.StatusACTIVE).
		SetSubjectKind(account.SubjectKindLEGAL_PERSON).SetCurrency("CNY").SetCreatedAt(tx.Now).Exec(tx)
	if err != nil {
		return err
	}
	e, err := staff.Found(tx, id, people[0].PersonID)
	if err != nil {
		return err
	}
	employees[0] = e.ID
	roles := rapid.SampledFrom([]string{"administrator", "administrator", "security", "operations", "developer"})
	for i := 1; i < len(people); i++ {
		if employees[i], err = hire(tx, id, people[i].PersonID, roles.Draw(rt, "role")); err != nil {
			return err
		}
		status := rapid.SampledFrom([]employee.Status{employee.StatusACTIVE, employee.StatusACTIVE, employee.StatusACTIVE, employee.StatusACTIVE, employee.StatusSUSPENDED, employee.StatusOFFBOARDED}).Draw(rt, "status")
		update := tx.Employee.UpdateOneID(employees[i]).SetStatus(status)
		if status == employee.StatusOFFBOARDED {
			update.ClearActiveKey()
		}
		if err := update.Exec(tx); err != nil {
			return err
		}
	}
	limits := rapid.SampledFrom([]*int64{nil, nil, new(int64(10)), new(int64(100))})
	for range rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(rt, "invitations") {
		if _, err := sent(tx, id, employees[1], ent.InvitedGrant{ID: ent.NewID("grnt"), RoleID: staff.RoleID(roles.Draw(rt, "given")), SpendingLimit: limits.Draw(rt, "limit")}); err != nil {
			return err
		}
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(rt, "approvals") {
		by := people[rapid.SampledFrom([]int{0, 1}).Draw(rt, "asked by")]
		if _, err := waiting(tx, id, by.PersonID, "", limits.Draw(rt, "cost")); err != nil {
			return err
		}
	}
	return errors.Join(tx.Grant.Create().SetAccountID(id).SetEmployeeID(employees[2]).SetRoleID(staff.RoleID("operations")).SetNillableSpendingLimit(limits.Draw(rt, "own")).
		SetNillableMonthlyLimit(limits.Draw(rt, "a month")).SetGrantedAt(tx.Now).Exec(tx))
}
