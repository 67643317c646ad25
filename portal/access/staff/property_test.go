package staff_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/account"
	"portico/ent/db/employee"
	"portico/ent/db/role"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// company is an account with an owner and four other people, some of whom work
// there at a given time.
type company struct {
	*portaltest.World
	t         *rapid.T
	id        string
	people    []*portaltest.Actor
	employees []string // ids, by person; "" for one who doesn't work there
	tokens    []pending
	made      int
	did       *int // commands that weren't refused
}

type pending struct {
	token            string
	inviter, invitee int
}

func (c *company) as(i int) context.Context { return c.As(c.people[i]) }

// held returns the permissions of each person on the account.
func (c *company) held() []authz.Set {
	sets := make([]authz.Set, len(c.people))
	for i := range c.people {
		sets[i] = authz.From(c.as(i)).Held(c.id, c.Portal.Store.Now())
	}
	return sets
}

// done reports whether a command succeeded; an internal error fails the test.
func (c *company) done(err error) bool {
	var refusal clause.Refusal
	if err != nil && !errors.As(err, &refusal) {
		c.t.Fatal(err)
	}
	if err == nil {
		*c.did++
	}
	return err == nil
}

func (c *company) roles() []string {
	ids, err := c.Portal.Store.Read().Role.Query().Where(role.AccountIDIn("", c.id)).IDs(c.System())
	if err != nil {
		c.t.Fatal(err)
	}
	return rapid.SliceOfN(rapid.SampledFrom(slices.DeleteFunc(ids, func(id string) bool {
		return id == staff.RoleID(staff.Owner) && rapid.IntRange(0, 9).Draw(c.t, "even the owner's") > 0
	})), 1, 2).Draw(c.t, "roles")
}

func (c *company) permissions() []authz.Permission {
	from := authz.Permissions()
	if rapid.IntRange(0, 3).Draw(c.t, "of staff") > 0 {
		from = authz.Law().Role(staff.Owner).List()
	}
	return rapid.SliceOfN(rapid.SampledFrom(from), 1, 4).Draw(c.t, "permissions")
}

// step executes a random command as one of the people, and returns the person
// whose permissions it uses.
func (c *company) step() (by int) {
	by = rapid.SampledFrom([]int{0, 0, 1, 1, 2, 3, 4}).Draw(c.t, "by")
	whom := rapid.IntRange(1, len(c.people)-1).Draw(c.t, "whom")
	s := c.Portal.Store
	switch rapid.SampledFrom([]string{"create", "update", "set", "invite", "invite", "accept", "accept", "offboard"}).Draw(c.t, "what") {
	case "create":
		c.made++
		_, err := staff.CreateRole(c.as(by), s, staff.CreateRoleInput{AccountID: c.id, Code: fmt.Sprintf("role-%d", c.made), Name: "Role", Permissions: c.permissions()})
		c.done(err)
	case "update":
		_, err := staff.UpdateRole(c.as(by), s, staff.UpdateRoleInput{RoleID: c.roles()[0], Permissions: c.permissions()})
		c.done(err)
	case "set":
		_, err := staff.SetEmployeeRoles(c.as(by), s, staff.SetEmployeeRolesInput{EmployeeID: c.employees[whom], RoleIDs: c.roles()})
		c.done(err)
	case "invite":
		_, err := staff.InviteEmployee(c.as(by), s, staff.InviteEmployeeInput{AccountID: c.id, Address: c.people[whom].Phone, RoleIDs: c.roles()})
		if c.done(err) {
			c.tokens = append(c.tokens, pending{c.Message(c.people[whom].Phone).Token, by, whom})
		}
	case "accept":
		if len(c.tokens) == 0 {
			break
		}
		i := c.tokens[0]
		c.tokens = c.tokens[1:]
		p, err := staff.AcceptInvitation(c.as(i.invitee), s, staff.AcceptInvitationInput{Token: i.token})
		if c.done(err) {
			c.employees[i.invitee] = p.Employee.ID
		}
		return i.inviter
	case "offboard":
		_, err := staff.OffboardEmployee(c.as(by), s, staff.OffboardEmployeeInput{EmployeeID: c.employees[whom], SuccessorID: &c.employees[0]})
		if c.done(err) {
			c.employees[whom] = ""
			c.Begin(c.people[whom])
			for n := range c.tokens { // the invitations are the new owner's now
				if c.tokens[n].inviter == whom {
					c.tokens[n].inviter = 0
				}
			}
		}
	}
	return by
}

func TestNoActorGrantsWhatItDoesNotHold(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		var people []*portaltest.Actor
		for i := range 5 {
			people = append(people, w.Person(fmt.Sprint("Person ", i)))
		}
		serial, did := 0, 0
		rapid.Check(t, func(rt *rapid.T) {
			serial++
			w.Wall.Advance(24 * time.Hour) // so that no number reaches its limit of messages
			c := &company{World: w, t: rt, id: ent.NewID("acct"), people: people, employees: make([]string, len(people)), did: &did}
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				err := tx.Account.Create().SetID(c.id).SetNumber(fmt.Sprint(880000000 + serial)).SetName("Company").SetStatus(account.StatusPENDING).
					SetSubjectKind(account.SubjectKindLEGAL_PERSON).SetCurrency("CNY").SetCreatedAt(tx.Now).Exec(tx)
				if err != nil {
					return err
				}
				e, err := staff.Found(tx, c.id, people[0].PersonID)
				if err != nil {
					return err
				}
				c.employees[0] = e.ID
				for i, role := range []string{"administrator", "security"} {
					if c.employees[i+1], err = hire(tx, c.id, people[i+1].PersonID, role); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				rt.Fatal(err)
			}
			law := authz.Law().Role(staff.Owner)
			for range rapid.IntRange(4, 16).Draw(rt, "steps") {
				before := c.held()
				by := c.step()
				for i, after := range c.held() {
					if gained := after.Minus(before[i].Union(before[by])); gained != (authz.Set{}) {
						rt.Fatalf("%d gained %v by %d, who doesn't hold it", i, gained.List(), by)
					}
					if beyond := after.Minus(law); beyond != (authz.Set{}) {
						rt.Fatalf("%d holds %v, which no staff can", i, beyond.List())
					}
				}
				if c.held()[0] != law {
					rt.Fatal("the owner isn't the owner any more")
				}
			}
		})
		if did < 2*serial {
			t.Fatalf("only %d commands did something in %d histories", did, serial)
		}
	})
}

// hire stores the rows that make a person an employee with a built-in role.
func hire(tx *ent.Tx, accountID, personID, role string) (string, error) {
	e, err := tx.Employee.Create().SetAccountID(accountID).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
		SetJoinedAt(tx.Now).SetActiveKey(accountID + "|" + personID).Save(tx)
	if err != nil {
		return "", err
	}
	return e.ID, tx.Grant.Create().SetAccountID(accountID).SetEmployeeID(e.ID).SetRoleID(staff.RoleID(role)).SetGrantedAt(tx.Now).Exec(tx)
}
