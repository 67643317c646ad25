package staff_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"pgregory.net/rapid"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/account"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/role"
	"portico/money"
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
	groups    []string // ids
	tokens    []pending
	made      int
	did       *int // commands that weren't refused
}

type pending struct {
	token            string
	inviter, invitee int
	id               string
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
	switch what := rapid.SampledFrom([]string{"create", "update", "set", "invite", "invite", "renew", "accept", "accept", "offboard", "grant", "change", "take",
		"found", "join", "join", "members", "leave", "give the group", "take from the group", "disband"}).Draw(c.t, "what"); what {
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
		c.invite(by, whom)
	case "renew":
		c.renew(by)
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
	case "grant", "change", "take":
		c.edit(what, by, whom)
	default:
		c.group(what, by, whom)
	}
	return by
}

// invite invites one of the people to random roles, or to grants with bounds.
func (c *company) invite(by, whom int) {
	in := staff.InviteEmployeeInput{AccountID: c.id, Address: c.people[whom].Phone}
	if rapid.Bool().Draw(c.t, "with bounds") {
		in.Grants = c.grants()
	} else {
		in.RoleIDs = c.roles()
	}
	p, err := staff.InviteEmployee(c.as(by), c.Portal.Store, in)
	if c.done(err) {
		c.tokens = append(c.tokens, pending{c.Message(c.people[whom].Phone).Token, by, whom, p.Invitation.ID})
	}
}

// renew renews the oldest invitation.
func (c *company) renew(by int) {
	if len(c.tokens) == 0 {
		return
	}
	i := &c.tokens[0]
	p, err := staff.RenewInvitation(c.as(by), c.Portal.Store, staff.RenewInvitationInput{InvitationID: i.id})
	if c.done(err) {
		*i = pending{c.Message(c.people[i.invitee].Phone).Token, by, i.invitee, p.Invitation.ID}
	}
}

// edit executes a random change of the grants of one of the people.
func (c *company) edit(what string, by, whom int) {
	in := staff.UpdateEmployeeGrantsInput{EmployeeID: c.employees[whom]}
	switch what {
	case "grant":
		in.AddGrants = c.grants()
	case "change":
		in.ChangeGrants = c.changed(in.EmployeeID)
	case "take":
		in.RemoveGrantIDs = c.grantsOf(in.EmployeeID)
	}
	_, err := staff.UpdateEmployeeGrants(c.as(by), c.Portal.Store, in)
	c.done(err)
}

// group executes a random change of a group.
func (c *company) group(what string, by, whom int) {
	ctx, s := c.as(by), c.Portal.Store
	if what == "found" {
		c.made++
		p, err := staff.CreateGroup(ctx, s, staff.CreateGroupInput{AccountID: c.id, Name: fmt.Sprint("Group ", c.made), Grants: c.grants()})
		if c.done(err) {
			c.groups = append(c.groups, p.Group.ID)
		}
		return
	}
	if len(c.groups) == 0 {
		return
	}
	id := rapid.SampledFrom(c.groups).Draw(c.t, "group")
	member := []string{c.employees[whom]}
	var err error
	switch what {
	case "join":
		_, err = staff.AddGroupMembers(ctx, s, staff.AddGroupMembersInput{GroupID: id, MemberIDs: member})
	case "members":
		_, err = staff.SetGroupMembers(ctx, s, staff.SetGroupMembersInput{GroupID: id, MemberIDs: member})
	case "leave":
		_, err = staff.RemoveGroupMembers(ctx, s, staff.RemoveGroupMembersInput{GroupID: id, MemberIDs: member})
	case "give the group":
		_, err = staff.UpdateGroup(ctx, s, staff.UpdateGroupInput{GroupID: id, AddGrants: c.grants(), ChangeGrants: c.changed(id)})
	case "take from the group":
		_, err = staff.UpdateGroup(ctx, s, staff.UpdateGroupInput{GroupID: id, RemoveGrantIDs: c.grantsOf(id)})
	case "disband":
		_, err = staff.DeleteGroup(ctx, s, staff.DeleteGroupInput{GroupID: id})
	}
	c.done(err)
}

// minutes returns a random age of a second factor that a grant asks for, mostly none.
func (c *company) minutes() *int {
	return rapid.SampledFrom([]*int{nil, nil, nil, new(5), new(60)}).Draw(c.t, "minutes")
}

// month returns a random monthly limit, mostly none.
func (c *company) month() *money.Input {
	amount := rapid.SampledFrom([]string{"", "", "", "10.00", "99.00"}).Draw(c.t, "a month")
	if amount == "" {
		return nil
	}
	return &money.Input{Amount: money.MustDecimal(amount), Currency: "CNY"}
}

func (c *company) grants() []staff.GrantInput {
	var list []staff.GrantInput
	for _, id := range c.roles() {
		list = append(list, staff.GrantInput{RoleID: id, PerMonth: c.month(), SecondFactorWithin: c.minutes()})
	}
	return list
}

// grantsOf returns one of the grants of an employee or a group, if it has any.
func (c *company) grantsOf(holder string) []string {
	ids, err := c.Portal.Store.Read().Grant.Query().Where(grant.EmployeeID(holder)).IDs(c.System())
	if err != nil {
		c.t.Fatal(err)
	}
	if len(ids) == 0 {
		return nil
	}
	return []string{rapid.SampledFrom(ids).Draw(c.t, "grant")}
}

// changed changes the bounds of one of the grants of an employee or a group.
func (c *company) changed(holder string) []staff.ChangeGrantInput {
	var list []staff.ChangeGrantInput
	for _, id := range c.grantsOf(holder) {
		list = append(list, staff.ChangeGrantInput{GrantID: id, PerMonth: graphql.OmittableOf(c.month()), SecondFactorWithin: graphql.OmittableOf(c.minutes())})
	}
	return list
}

// most returns how much of a month each person may spend by what it holds on the
// account: nothing, a number, or without a limit.
func (c *company) most() []int64 {
	all := make([]int64, len(c.people))
	for i := range c.people {
		for _, g := range authz.From(c.as(i)).Giving(authz.OrderPlace, authz.On(c.id), c.Portal.Store.Now()) {
			limit := int64(math.MaxInt64)
			if g.MonthlyLimit != nil {
				limit = *g.MonthlyLimit
			}
			all[i] = max(all[i], limit)
		}
	}
	return all
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
			for range rapid.IntRange(4, 30).Draw(rt, "steps") {
				before, spends := c.held(), c.most()
				by := c.step()
				for i, most := range c.most() {
					if most > max(spends[i], spends[by]) {
						rt.Fatalf("%d may spend %d a month by %d, who may spend %d", i, most, by, spends[by])
					}
				}
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
