package staff_test

import (
	"strings"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/ownership"
	"portico/ent/db/ownershipoffer"
	"portico/portal/access/staff"
	"portico/portaltest"
)

const (
	offerM    = `mutation($i: OfferOwnershipInput!) { offerOwnership(input: $i) { offer { id status expiresAt endedAt employee { id } offeredBy { id } }` + refusalsOf
	takeM     = `mutation($i: AcceptOwnershipInput!) { acceptOwnership(input: $i) { account { id owner { id } ownershipOffer { id } viewerPermissions }` + refusalsOf
	withdrawM = `mutation($i: WithdrawOwnershipOfferInput!) { withdrawOwnershipOffer(input: $i) { offer { id status endedAt }` + refusalsOf
	ownedQ    = `query($id: ID!) { account(id: $id) { owner { id } ownershipOffer { id status employee { id } } } }`
)

// firm is an account with an owner and an administrator, both with a second factor.
type firm struct {
	*portaltest.World
	a, b        *portaltest.Actor
	id          string
	owner, heir string
}

func newFirm(w *portaltest.World) *firm {
	f := &firm{World: w, a: w.Verified("Acme"), b: w.Person("Berta")}
	f.id = f.a.AccountID
	f.heir = join(w, f.a, f.id, f.b, builtIn("administrator")...)
	w.VerifyEmail(f.a)
	w.VerifyEmail(f.b)
	w.AddTotp(f.a)
	w.AddTotp(f.b)
	f.owner = f.ownerNow()
	return f
}

func (f *firm) ownerNow() string {
	f.T.Helper()
	return portaltest.String(f.Must(f.a, people, map[string]any{"id": f.id}), "account", "owner", "id")
}

// offer offers the ownership to an employee, and returns the offer's id.
func (f *firm) offer(to string) string {
	f.T.Helper()
	return portaltest.String(f.Done(f.a, offerM, of(input{"employeeId": to})), "offer", "id")
}

func taking(id string) map[string]any { return of(input{"offerId": id}) }

// holdsOne checks that the account has one owner, that one employee alone has the owner's
// role, and that the rows of owners follow each other; it returns the owner.
func (f *firm) holdsOne(t *testing.T) string {
	t.Helper()
	read := f.Portal.Store.Read()
	open, err := read.Ownership.Query().Where(ownership.AccountID(f.id), ownership.UntilAtIsNil()).All(f.System())
	if err != nil || len(open) != 1 || open[0].OpenKey == nil {
		t.Fatalf("1.5: %d owners: %v", len(open), err)
	}
	grants, err := read.Grant.Query().Where(grant.AccountID(f.id), grant.RoleID(staff.RoleID(staff.Owner))).All(f.System())
	if err != nil || len(grants) != 1 || grants[0].EmployeeID != open[0].EmployeeID || grants[0].ExpiresAt != nil {
		t.Fatalf("1.5: %v: %v", grants, err)
	}
	e, err := read.Employee.Get(f.System(), open[0].EmployeeID)
	if err != nil || e.Status != employee.StatusACTIVE || e.AccountID != f.id {
		t.Fatalf("1.5: the owner is %v: %v", e, err)
	}
	pending, err := read.OwnershipOffer.Query().Where(ownershipoffer.AccountID(f.id), ownershipoffer.StatusEQ(ownershipoffer.StatusPENDING)).All(f.System())
	if err != nil || len(pending) > 1 || len(pending) == 1 && (pending[0].OpenKey == nil || pending[0].OfferedBy != open[0].EmployeeID) {
		t.Fatalf("1.5: %v wait: %v", pending, err)
	}
	return open[0].EmployeeID
}

func TestTheOwnershipPasses(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		f := newFirm(w)
		write(w, func(tx *ent.Tx) error { // what an owner isn't restricted by
			return tx.Grant.Update().Where(grant.EmployeeID(f.heir)).SetSpendingLimit(1).SetMonthlyLimit(1).SetExpiresAt(tx.Now.Add(30 * 24 * time.Hour)).Exec(tx)
		})
		w.Done(f.a, createGroupM, of(input{"accountId": f.id, "name": "Books", "grants": []input{{"roleId": staff.RoleID("auditor")}}, "memberIds": []string{f.heir}}))
		dev := w.Person("Dev")
		join(w, f.a, f.id, dev, builtIn("developer")...)
		var offerID string
		t.Run("1.5: an offer changes nothing, and is shown to both and to readers of employees", func(t *testing.T) {
			p := w.Done(f.a, offerM, of(input{"employeeId": f.heir}))
			offerID = portaltest.String(p, "offer", "id")
			if portaltest.String(p, "offer", "status") != "PENDING" || portaltest.String(p, "offer", "employee", "id") != f.heir || portaltest.String(p, "offer", "offeredBy", "id") != f.owner {
				t.Errorf("%v", p)
			}
			for who, sees := range map[*portaltest.Actor]bool{f.a: true, f.b: true, dev: false} {
				d := w.Must(who, ownedQ, map[string]any{"id": f.id})
				if portaltest.String(d, "account", "owner", "id") != f.owner || (portaltest.At(d, "account", "ownershipOffer") != nil) != sees {
					t.Errorf("%s: %v", who.Name, d)
				}
			}
			if got := w.Message(f.b.Email); !strings.Contains(got.Body, offerID) {
				t.Errorf("it isn't told: %q", got.Body)
			}
		})
		t.Run("1.5: accepted, it passes at once, whole and unlimited", func(t *testing.T) {
			p := w.Done(f.b, takeM, taking(offerID))
			if portaltest.String(p, "account", "owner", "id") != f.heir || portaltest.At(p, "account", "ownershipOffer") != nil || f.holdsOne(t) != f.heir {
				t.Errorf("%v", p)
			}
			if !holds(w, f.b, f.id, "TERMS_DECLINE") || holds(w, f.a, f.id, "TERMS_DECLINE") || !holds(w, f.a, f.id, "EMPLOYEE_INVITE") {
				t.Errorf("%v %v", mine(w, f.b, f.id), mine(w, f.a, f.id))
			}
			rows, err := w.Portal.Store.Read().Grant.Query().Where(grant.EmployeeIDIn(f.owner, f.heir)).Order(db.Asc(grant.FieldRoleID)).All(w.System())
			if err != nil || len(rows) != 2 || rows[0].RoleID != staff.RoleID("administrator") || rows[0].EmployeeID != f.owner || rows[1].SpendingLimit != nil {
				t.Errorf("%v: %v", rows, err)
			}
			if n := w.Portal.Store.Read().Membership.Query().CountX(w.System()); n != 0 {
				t.Errorf("%d memberships", n)
			}
		})
		t.Run("1.5: the former owner is changed and offboarded like any employee, the new one isn't", func(t *testing.T) {
			wants(w, w.Refused(f.a, offboardM, of(input{"employeeId": f.heir})), "OWNER_UNCHANGED", "1.4", "employeeId")
			w.Done(f.b, setRolesM, of(input{"employeeId": f.owner, "roleIds": builtIn("developer")}))
			w.Done(f.b, offboardM, of(input{"employeeId": f.owner}))
			f.holdsOne(t)
		})
	})
}

func TestThePassingOfTheOwnershipIsTold(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		f := newFirm(w)
		offerID := f.offer(f.heir)
		w.Done(f.b, takeM, taking(offerID))
		t.Run("1.5: sessions go on, both are told, and the audit has both owners", func(t *testing.T) {
			if sessions(w, f.a) == 0 || sessions(w, f.b) == 0 {
				t.Error("a session ended")
			}
			for _, who := range []*portaltest.Actor{f.a, f.b} {
				if got := w.Message(who.Email); !strings.Contains(got.Body, "has passed") {
					t.Errorf("%s isn't told: %q", who.Name, got.Body)
				}
			}
			e, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("acceptOwnership"), auditevent.ResultEQ(auditevent.ResultDONE)).Only(w.System())
			if err != nil || e.ActorID != f.b.PersonID || e.ObjectID != offerID || !strings.Contains(e.Details, `"formerOwnerId":"`+f.owner+`"`) || !strings.Contains(e.Details, `"ownerId":"`+f.heir+`"`) ||
				e.Changes == nil || !strings.Contains(*e.Changes, "Ownership.untilAt") {
				t.Errorf("%v: %v", e, err)
			}
		})
	})
}

func TestOfferingTheOwnershipIsRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, other := w.Verified("Acme"), w.Person("Berta"), w.Verified("Other")
		id := a.AccountID
		berta := join(w, a, id, b, builtIn("administrator")...)
		gone := join(w, a, id, w.Person("Gone"), builtIn("developer")...)
		w.Done(a, offboardM, of(input{"employeeId": gone}))
		owner := portaltest.String(w.Must(a, people, map[string]any{"id": id}), "account", "owner", "id")
		t.Run("1.5: an owner without a second factor adds one first, and then passes it", func(t *testing.T) {
			got := w.Refused(a, offerM, of(input{"employeeId": berta}))
			wants(w, got, "SECOND_FACTOR_REQUIRED", "1.5", "")
			if got.Remedy == nil || got.Remedy.Operation != "addTotp" {
				t.Errorf("%+v", got.Remedy)
			}
			w.AddTotp(a)
			w.Wall.Advance(15 * time.Minute)
			w.Begin(a)
			wants(w, w.Refused(a, offerM, of(input{"employeeId": berta})), "STEP_UP_REQUIRED", "1.5", "")
			passedFactor(w, a)
		})
		t.Run("1.5: an administrator doesn't offer what it doesn't own", func(t *testing.T) {
			if r := w.Send(b, offerM, of(input{"employeeId": berta})); len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Errorf("%s", r.Raw)
			}
			got := w.Refused(a, setRolesM, of(input{"employeeId": berta, "roleIds": builtIn(staff.Owner)}))
			wants(w, got, "OWNER_UNCHANGED", "1.4", "roleIds")
			if got.Remedy == nil || got.Remedy.Operation != "offerOwnership" || got.Remedy.Input["employeeId"] != berta {
				t.Errorf("%+v", got.Remedy)
			}
			got = w.Refused(a, createM, of(input{"accountId": id, "code": "heir", "name": "Heir", "permissions": []string{"OWNERSHIP_OFFER"}}))
			wants(w, got, "OWNER_UNCHANGED", "1.4", "permissions")
		})
		t.Run("1.5: it is offered to an active employee of the account who doesn't own it", func(t *testing.T) {
			foreign := portaltest.String(w.Must(other, people, map[string]any{"id": other.AccountID}), "account", "owner", "id")
			wants(w, w.Refused(a, offerM, of(input{"employeeId": owner})), "ALREADY_OWNER", "1.5", "employeeId")
			wants(w, w.Refused(a, offerM, of(input{"employeeId": gone})), "EMPLOYEE_LEFT", "1.5", "employeeId")
			if r := w.Send(a, offerM, of(input{"employeeId": foreign})); !strings.Contains(string(r.Raw), "NOT_FOUND") {
				t.Errorf("%s", r.Raw)
			}
			w.Done(a, suspendM, suspending(berta))
			wants(w, w.Refused(a, offerM, of(input{"employeeId": berta})), "EMPLOYEE_SUSPENDED", "1.5", "employeeId")
			w.Done(a, resumeM, of(input{"employeeId": berta}))
		})
		t.Run("1.5: an account has one offer that waits", func(t *testing.T) {
			first := portaltest.String(w.Done(a, offerM, of(input{"employeeId": berta})), "offer", "id")
			got := w.Refused(a, offerM, of(input{"employeeId": berta}))
			wants(w, got, "OWNERSHIP_OFFER_PENDING", "1.5", "employeeId")
			if got.Remedy == nil || got.Remedy.Operation != "withdrawOwnershipOffer" || got.Remedy.Input["offerId"] != first {
				t.Fatalf("%+v", got.Remedy)
			}
			p := w.Done(a, withdrawM, map[string]any{"i": got.Remedy.Input})
			if portaltest.String(p, "offer", "status") != "WITHDRAWN" || portaltest.String(p, "offer", "endedAt") == "" {
				t.Errorf("%v", p)
			}
		})
	})
}

// passedFactor lets an actor's sessions have just passed a second factor.
func passedFactor(w *portaltest.World, a *portaltest.Actor) {
	w.T.Helper()
	w.Token(a)
	write(w, func(tx *ent.Tx) error {
		return tx.Session.Update().Where(sessionOf(a)).SetSecondFactorAt(tx.Wall).Exec(tx)
	})
}

func TestThereIsNoOwnershipOfANaturalPersonsAccountToOffer(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Owner("Nina"), w.Person("Berta")
		w.Verify(a, input{"kind": "NATURAL_PERSON", "legalName": "Nina", "country": "CN", "registrationNumber": "11010519491231002X"})
		w.AddTotp(a)
		var berta string
		write(w, func(tx *ent.Tx) (err error) {
			berta, err = hire(tx, a.AccountID, b.PersonID, "administrator")
			return err
		})
		t.Run("1.4: the account of a natural person isn't passed on", func(t *testing.T) {
			wants(w, w.Refused(a, offerM, of(input{"employeeId": berta})), "STAFF_NOT_ALLOWED", "1.4", "employeeId")
		})
	})
}
