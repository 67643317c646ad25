package staff_test

import (
	"slices"

	"portico/ent"
	"portico/ent/db/session"
	"portico/portal/access/staff"
	"portico/portaltest"
)

type input = map[string]any

const refusalsOf = ` userErrors { code clause field message remedy { description operation input } } } }`

const (
	inviteM   = `mutation($i: InviteEmployeeInput!) { inviteEmployee(input: $i) { invitation { id status address expiresAt roles { code } invitedBy { id } }` + refusalsOf
	revokeM   = `mutation($i: RevokeInvitationInput!) { revokeInvitation(input: $i) { invitation { id status }` + refusalsOf
	acceptM   = `mutation($i: AcceptInvitationInput!) { acceptInvitation(input: $i) { employee { id status roles { code } person { id } }` + refusalsOf
	setRolesM = `mutation($i: SetEmployeeRolesInput!) { setEmployeeRoles(input: $i) { employee { id roles { code } }` + refusalsOf
	offboardM = `mutation($i: OffboardEmployeeInput!) { offboardEmployee(input: $i) { employee { id status }` + refusalsOf
	createM   = `mutation($i: CreateRoleInput!) { createRole(input: $i) { role { id code name builtIn permissions }` + refusalsOf
	updateM   = `mutation($i: UpdateRoleInput!) { updateRole(input: $i) { role { id name permissions }` + refusalsOf
	deleteM   = `mutation($i: DeleteRoleInput!) { deleteRole(input: $i) { account { id }` + refusalsOf
)

func of(in input) map[string]any { return map[string]any{"i": in} }

func builtIn(codes ...string) []string {
	l := make([]string, len(codes))
	for i, c := range codes {
		l[i] = staff.RoleID(c)
	}
	return l
}

// invited invites an address to an account, and returns the invitation's ID and
// its token.
func invited(w *portaltest.World, by *portaltest.Actor, accountID, address string, roleIDs ...string) (id, token string) {
	w.T.Helper()
	p := w.Done(by, inviteM, of(input{"accountId": accountID, "address": address, "roleIds": roleIDs}))
	return portaltest.String(p, "invitation", "id"), w.Message(address).Token
}

// join makes a person an employee by an invitation, and returns the employee's
// ID.
func join(w *portaltest.World, by *portaltest.Actor, accountID string, person *portaltest.Actor, roleIDs ...string) string {
	w.T.Helper()
	_, token := invited(w, by, accountID, person.Phone, roleIDs...)
	id := portaltest.String(w.Done(person, acceptM, of(input{"token": token})), "employee", "id")
	person.AccountID = accountID
	return id
}

// custom creates a custom role of an account.
func custom(w *portaltest.World, by *portaltest.Actor, accountID, code string, permissions ...string) string {
	w.T.Helper()
	p := w.Done(by, createM, of(input{"accountId": accountID, "code": code, "name": "Role " + code, "permissions": permissions}))
	return portaltest.String(p, "role", "id")
}

// mine returns an actor's permissions on an account, as the API shows them to
// the actor.
func mine(w *portaltest.World, a *portaltest.Actor, accountID string) []string {
	w.T.Helper()
	d := w.Send(a, `query($id: ID!) { account(id: $id) { viewerPermissions } }`, map[string]any{"id": accountID}).Data // null if the actor doesn't work on the account
	list, _ := portaltest.At(d, "account", "viewerPermissions").([]any)
	all := make([]string, len(list))
	for i, p := range list {
		all[i] = p.(string)
	}
	return all
}

func holds(w *portaltest.World, a *portaltest.Actor, accountID, permission string) bool {
	w.T.Helper()
	return slices.Contains(mine(w, a, accountID), permission)
}

func wants(w *portaltest.World, got portaltest.Refusal, code, clause, field string) {
	w.T.Helper()
	at := ""
	if len(got.Field) > 1 {
		at = got.Field[1]
	}
	if got.Code != code || got.Clause != clause || at != field {
		w.T.Fatalf("%+v, want %s (%s) at %s", got, code, clause, field)
	}
}

// sessions counts a person's live sessions.
func sessions(w *portaltest.World, a *portaltest.Actor) int {
	w.T.Helper()
	n, err := w.Portal.Store.Read().Session.Query().Where(session.PersonID(a.PersonID), session.RevokedAtIsNil()).Count(w.System())
	if err != nil {
		w.T.Fatal(err)
	}
	return n
}

// verified marks an actor's email address as verified by its link.
func verified(w *portaltest.World, a *portaltest.Actor) {
	w.T.Helper()
	w.Done(nil, `mutation($i: VerifyEmailInput!) { verifyEmail(input: $i) { userErrors { code } } }`, of(input{"token": w.Message(a.Email).Token}))
}

func write(w *portaltest.World, f func(tx *ent.Tx) error) {
	w.T.Helper()
	if err := w.Portal.Store.Write(w.System(), f); err != nil {
		w.T.Fatal(err)
	}
}
