package proof_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/auditevent"
	"portico/ent/db/emaillink"
	"portico/ent/db/employee"
	"portico/ent/db/formerpassword"
	"portico/ent/db/invitation"
	"portico/ent/db/ownership"
	"portico/ent/db/role"
	"portico/portal/access/identity"
	"portico/portal/access/staff"
	"portico/portal/kernel/address"
	"portico/portaltest"
)

func (x *side) write(f func(tx *ent.Tx) error) {
	x.T.Helper()
	if err := x.Portal.Store.Write(x.System(), f); err != nil {
		x.T.Fatal(err)
	}
}

// ask stores an invitation of an address by an account's owner, regardless of
// the limits on invitations, and returns its ID and its token.
func (x *side) ask(accountID, to string) (id, token string) {
	x.T.Helper()
	token = identity.NewToken("pi_")
	x.write(func(tx *ent.Tx) error {
		a, err := address.Read(to, "address")
		if err != nil {
			return err
		}
		sealed, err := a.Seal(tx.Store())
		if err != nil {
			return err
		}
		owner, err := tx.Ownership.Query().Where(ownership.OpenKey(accountID)).Only(tx)
		if err != nil {
			return err
		}
		row, err := tx.Invitation.Create().SetAccountID(accountID).SetAddress(sealed).SetAddressIndex(a.Index(tx.Store())).
			SetMedium(invitation.MediumPHONE).SetRoleIds([]string{staff.RoleID("finance")}).
			SetGrants([]ent.InvitedGrant{{ID: ent.NewID("grnt"), RoleID: staff.RoleID("finance")}, {ID: ent.NewID("grnt"), RoleID: staff.RoleID("developer"), MonthlyLimit: new(int64)}}).
			SetTokenHash(ent.Hash(token)).
			SetStatus(invitation.StatusPENDING).SetInvitedBy(owner.EmployeeID).SetCreatedAt(tx.Now).SetExpiresAt(tx.Now.AddDate(0, 0, 7)).Save(tx)
		if err == nil {
			id = row.ID
		}
		return err
	})
	return id, token
}

func (x *side) number() string { return fmt.Sprintf("+8613600%06d", x.serial()) }

func (x *side) invitation() string {
	return x.keep("invitation", func() string {
		id, _ := x.ask(x.account, x.number())
		return id
	})
}

// token returns the token of an invitation to the actor from an account where
// it doesn't work. For an actor without a phone number the invitation is to no
// one.
func (x *side) token(by *portaltest.Actor) string {
	if by == nil || by.Phone == "" {
		return "pi_nobody"
	}
	_, token := x.ask(x.host(), by.Phone)
	return token
}

// host returns an account to which every actor can be invited.
func (x *side) host() string {
	return x.keep("host", func() string { return x.Verified("Host").AccountID })
}

// left ends what acceptInvitation began: the actor no longer works at the host.
func (x *side) left(by *portaltest.Actor) {
	x.T.Helper()
	x.write(func(tx *ent.Tx) error {
		return tx.Employee.Update().Where(employee.AccountID(x.host()), employee.PersonID(by.PersonID)).
			SetStatus(employee.StatusOFFBOARDED).ClearActiveKey().Exec(tx)
	})
}

// spare returns another session of an actor; for an actor without one, an ID
// that doesn't exist.
func (x *side) spare(by *portaltest.Actor) string {
	x.T.Helper()
	if by == nil || by.PersonID == "" {
		return unknownID("sess")
	}
	var id string
	x.write(func(tx *ent.Tx) error {
		row, err := tx.Session.Create().SetPersonID(by.PersonID).SetCreatedAt(tx.Wall).SetAddress("192.0.2.1").SetAgent("spare").Save(tx)
		if err == nil {
			id = row.ID
		}
		return err
	})
	return id
}

// restore resets an actor's password.
func (x *side) restore(by *portaltest.Actor) {
	x.T.Helper()
	hash, err := portaltest.PasswordHash()
	if err != nil {
		x.T.Fatal(err)
	}
	x.write(func(tx *ent.Tx) error { return tx.Person.UpdateOneID(by.PersonID).SetPasswordHash(hash).Exec(tx) })
}

// renew deletes what limits further changes of an actor's credentials: its counted
// tries, former passwords and unused links.
func (x *side) renew(by *portaltest.Actor) {
	x.T.Helper()
	x.rest()
	if by == nil || by.PersonID == "" {
		return
	}
	x.write(func(tx *ent.Tx) error {
		if _, err := tx.FormerPassword.Delete().Where(formerpassword.PersonID(by.PersonID)).Exec(tx); err != nil {
			return err
		}
		_, err := tx.EmailLink.Delete().Where(emaillink.PersonID(by.PersonID), emaillink.UsedAtIsNil()).Exec(tx)
		return err
	})
}

// readdress gives an actor its number back, and withdraws its pending address.
func (x *side) readdress(by *portaltest.Actor) {
	x.T.Helper()
	x.write(func(tx *ent.Tx) error {
		number := address.Address{Value: by.Phone}
		sealed, err := number.Seal(tx.Store())
		if err != nil {
			return err
		}
		return tx.Person.UpdateOneID(by.PersonID).SetPhone(sealed).SetPhoneIndex(number.Index(tx.Store())).
			ClearPendingEmail().ClearPendingEmailIndex().Exec(tx)
	})
}

// replaced gives a person another verified address, and returns the token that
// undoes it.
func (s *stage) replaced(p *portaltest.Actor) string {
	s.T.Helper()
	s.VerifyEmail(p)
	s.Wall.Advance(time.Second)
	email := "moved." + p.Email
	s.Done(p, `mutation($i: ChangeEmailInput!) { changeEmail(input: $i) { userErrors { code } } }`,
		input{"i": input{"email": email, "currentPassword": portaltest.Password}})
	s.Done(nil, `mutation($i: VerifyEmailInput!) { verifyEmail(input: $i) { userErrors { code } } }`,
		input{"i": input{"token": s.Message(email).Token}})
	return s.Message(p.Email).Token
}

// rest deletes the counted tries of secrets, as a long pause does.
func (x *side) rest() {
	x.T.Helper()
	x.write(func(tx *ent.Tx) error { _, err := tx.Attempt.Delete().Exec(tx); return err })
}

// colleague returns an employee whom other actors change.
func (x *side) colleague(name string) string {
	return x.keep(name, func() string {
		p := x.Person(fmt.Sprint(x.name, "'s ", name, " ", x.serial()), func(tx *ent.Tx, id string) error { return hire(tx, x.account, id, "developer") })
		id, err := x.Portal.Store.Read().Employee.Query().Where(employee.PersonID(p.PersonID)).OnlyID(x.System())
		if err != nil {
			x.T.Fatal(err)
		}
		return id
	})
}

func (x *side) ownRole() string {
	return x.keep("role", func() string {
		p, err := staff.CreateRole(x.System(), x.Portal.Store, staff.CreateRoleInput{AccountID: x.account, Code: fmt.Sprint("kept-", x.serial()),
			Name: x.name + "'s books", Permissions: []authz.Permission{authz.BillRead}})
		if err != nil {
			x.T.Fatal(err)
		}
		return p.Role.ID
	})
}

// tidy deletes the invitations and roles that operations made, so that no limit
// is reached.
func (x *side) tidy() {
	x.T.Helper()
	x.mu.Lock()
	invited, kept := x.kept["invitation"], x.kept["role"]
	x.mu.Unlock()
	x.write(func(tx *ent.Tx) error {
		if _, err := tx.Invitation.Delete().Where(invitation.AccountID(x.account), invitation.IDNEQ(invited)).Exec(tx); err != nil {
			return err
		}
		_, err := tx.Role.Delete().Where(role.AccountID(x.account), role.CodeHasPrefix("role-"), role.IDNEQ(kept)).Exec(tx)
		return err
	})
}

// audited stores 20 events of one kind, the newest of the account.
func (x *side) audited() {
	x.T.Helper()
	x.write(func(tx *ent.Tx) error {
		people, err := tx.Employee.Query().Where(employee.AccountID(x.account)).Limit(20).All(tx)
		if err != nil {
			return err
		}
		for i := range 20 {
			err := tx.AuditEvent.Create().SetAccountID(x.account).SetAt(tx.Now).SetActorKind(auditevent.ActorKindPERSON).
				SetActorID(people[i%len(people)].PersonID).SetActingAs("auditor").SetAction("proof").SetObjectID(x.account).
				SetResult(auditevent.ResultDONE).SetCode("").SetClause("").SetIPAddress("192.0.2.1").SetAgent("").SetCorrelationID("").SetDetails("{}").Exec(tx)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// sealedAudit stores seals of the account's audit.
func (x *side) sealedAudit(n int) {
	x.T.Helper()
	x.write(func(tx *ent.Tx) error {
		for i := range n {
			err := tx.AuditSeal.Create().SetAccountID(x.account).SetNumber(int64(i + 1)).SetFromAt(tx.Now).SetToAt(tx.Now).SetUntilAt(tx.Now).SetEvents(1).
				SetLast(int64(i + 1)).SetPrevious("").SetHead("").SetDigest(fmt.Sprint("digest ", x.account, i)).SetSealedAt(tx.Now).Exec(tx)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func init() {
	for name, o := range map[string]operation{
		"inviteEmployee": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			x.tidy()
			return inputOf(input{"accountId": x.account, "address": x.number(), "roleIds": []string{staff.RoleID("finance")}})
		}},
		"importEmployees": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			x.tidy()
			return inputOf(input{"accountId": x.account, "csv": "address,roles\n" + x.number() + ",finance\n" + x.number() + ",finance\n110,finance\n", "dryRun": false})
		}},
		"renewInvitation": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			x.tidy()
			return inputOf(input{"invitationId": x.invitation()})
		}, done: uses("invitation")},
		"revokeInvitation": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			return inputOf(input{"invitationId": x.invitation()})
		}, done: uses("invitation")},
		"acceptInvitation": {everyones: true, args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
			return inputOf(input{"token": x.token(by)})
		}, done: func(x *side, by *portaltest.Actor) { x.left(by) }},
		"invitationPreview": {everyones: true, args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			_, token := x.ask(x.host(), x.number())
			return map[string]any{"token": token}
		}},
		"registerByInvitation": {everyones: true, args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
			n := x.serial()
			_, token := x.ask(x.host(), x.number())
			return inputOf(input{"token": token, "personName": fmt.Sprint("Invited ", n), "password": portaltest.Password,
				"email": fmt.Sprintf("invited.%d@example.com", n), "declaresFullCapacity": true, "acceptedTermsIds": s.TermsIDs()})
		}},
		"setEmployeeRoles": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			return inputOf(input{"employeeId": x.colleague("colleague"), "roleIds": []string{staff.RoleID("developer")}})
		}},
		"offboardEmployee": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			return inputOf(input{"employeeId": x.colleague("leaver")})
		}, done: uses("leaver")},
		"createRole": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			x.tidy()
			return inputOf(input{"accountId": x.account, "code": fmt.Sprint("role-", x.serial()), "name": "Books", "permissions": []string{"BILL_READ"}})
		}},
		"updateRole": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			x.write(func(tx *ent.Tx) error { // so that none of them takes the place of another
				_, err := tx.RoleVersion.Delete().Exec(tx)
				return err
			})
			return inputOf(input{"roleId": x.ownRole(), "name": fmt.Sprint("Books ", x.serial()), "permissions": []string{"BILL_READ"}})
		}},
		"deleteRole": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			return inputOf(input{"roleId": x.ownRole()})
		}, done: uses("role")},
	} {
		operations[name] = o
	}
	wrongs = append(wrongs, staffWrongs...)
}

// ownerID returns the employee who owns the account.
func (x *side) ownerID() string {
	row, err := x.Portal.Store.Read().Ownership.Query().Where(ownership.OpenKey(x.account)).Only(x.System())
	if err != nil {
		x.T.Fatal(err)
	}
	return row.EmployeeID
}

// gonePerson returns an employee who has left.
func (x *side) gonePerson() string {
	return x.keep("gone employee", func() string {
		id := x.colleague("goner")
		do(x, staff.OffboardEmployee, input{"employeeId": id})
		return id
	})
}

var staffWrongs = []wrong{
	{"invite: no number", "inviteEmployee", "PHONE_INVALID", "1.1", set("address", "110"), nil},
	{"invite: no address", "inviteEmployee", "EMAIL_INVALID", "1.1", set("address", "a@b@c.cn"), nil},
	{"invite: no roles", "inviteEmployee", "INVALID_INPUT", "", set("roleIds", []string{}), nil},
	{"invite: 21 roles", "inviteEmployee", "INVALID_INPUT", "", set("roleIds", make([]string, 21)), nil},
	{"invite: to be the owner", "inviteEmployee", "OWNER_UNCHANGED", "1.4", set("roleIds", []string{"role_owner"}), nil},
	{"invite: unknown role", "inviteEmployee", "NOT_FOUND", "", func(_ *stage, in input) { in["roleIds"] = []string{unknownID("role")} }, nil},
	{"invite: another account's role", "inviteEmployee", "NOT_FOUND", "", func(s *stage, in input) { in["roleIds"] = []string{s.b.ownRole()} }, nil},
	{"invite: an operator's role", "inviteEmployee", "NOT_FOUND", "", set("roleIds", []string{"role_support"}), nil},
	{"invite: to a foreign account", "inviteEmployee", "NOT_FOUND", "", func(s *stage, in input) { in["accountId"] = s.b.account }, nil},
	{"invite: another account's role in a grant", "inviteEmployee", "NOT_FOUND", "", func(s *stage, in input) { in["grants"] = []input{{"roleId": s.b.ownRole()}} }, nil},
	{"invite: the owner's role in a grant", "inviteEmployee", "OWNER_UNCHANGED", "1.4", set("grants", []input{{"roleId": "role_owner"}}), nil},
	{"invite: a foreign application in a grant", "inviteEmployee", "NOT_FOUND", "", func(s *stage, in input) {
		in["grants"] = []input{{"roleId": "role_developer", "applicationIds": []string{s.b.application()}}}
	}, nil},
	{"invite: a grant that has expired", "inviteEmployee", "INVALID_INPUT", "", set("grants", []input{{"roleId": "role_developer", "expiresAt": "2026-03-01T00:00:00Z"}}), nil},
	{"invite: 21 grants", "inviteEmployee", "INVALID_INPUT", "", set("grants", slices.Repeat([]input{{"roleId": "role_developer"}}, 21)), nil},
	{"invite: a role and 20 grants", "inviteEmployee", "GRANT_LIMIT", "1.5", set("grants", slices.Repeat([]input{{"roleId": "role_developer"}}, 20)), nil},
	{"import: to a foreign account", "importEmployees", "NOT_FOUND", "", func(s *stage, in input) { in["accountId"] = s.b.account }, nil},
	{"import: no file", "importEmployees", "INVALID_INPUT", "", set("csv", ""), nil},
	{"import: quotes that never end", "importEmployees", "INVALID_INPUT", "", set("csv", "address,\"roles\n+8613700000001,developer\n"), nil},
	{"import: a header and no rows", "importEmployees", "INVALID_INPUT", "", set("csv", "address,roles\n"), nil},
	{"import: a column that nobody knows", "importEmployees", "INVALID_INPUT", "", set("csv", "address,roles,budget\n+8613700000001,developer,5\n"), nil},
	{"import: 201 rows", "importEmployees", "INVALID_INPUT", "", set("csv", "address,roles\n"+strings.Repeat("a@example.com,developer\n", 201)), nil},
	{"renew: unknown invitation", "renewInvitation", "NOT_FOUND", "", func(_ *stage, in input) { in["invitationId"] = unknownID("invi") }, nil},
	{"renew: a foreign invitation", "renewInvitation", "NOT_FOUND", "", func(s *stage, in input) { in["invitationId"] = s.b.invitation() }, nil},
	{"revoke: unknown invitation", "revokeInvitation", "NOT_FOUND", "", func(_ *stage, in input) { in["invitationId"] = unknownID("invi") }, nil},
	{"revoke: a foreign invitation", "revokeInvitation", "NOT_FOUND", "", func(s *stage, in input) { in["invitationId"] = s.b.invitation() }, nil},
	{"preview of an invitation: unknown token", "invitationPreview", "null", "", set("token", "pi_none"), nil},
	{"join: unknown token", "registerByInvitation", "INVITATION_INVALID", "1.5", set("token", "pi_none"), nil},
	{"join: no e-mail address", "registerByInvitation", "EMAIL_INVALID", "1.1", set("email", "nobody"), nil},
	{"join: no full capacity", "registerByInvitation", "CAPACITY_NOT_DECLARED", "1.2", set("declaresFullCapacity", false), nil},
	{"join: a weak password", "registerByInvitation", "PASSWORD_WEAK", "1.4", set("password", "password12"), nil},
	{"join: a document isn't accepted", "registerByInvitation", "TERMS_NOT_CURRENT", "0", set("acceptedTermsIds", []string{}), nil},
	{"password: a wrong present one", "changePassword", "CURRENT_PASSWORD_WRONG", "1.4", set("currentPassword", "wrong horse battery 47"), nil},
	{"password: a weak new one", "changePassword", "PASSWORD_WEAK", "1.4", set("newPassword", "password12"), nil},
	{"password: the present one again", "changePassword", "PASSWORD_REUSED", "1.4", set("newPassword", portaltest.Password), nil},
	{"phone: no number", "changePhone", "PHONE_INVALID", "1.1", set("phone", "110"), nil},
	{"phone: a wrong code", "changePhone", "CODE_WRONG", "1.1", set("code", "x00000"), nil},
	{"phone: a wrong password", "changePhone", "CURRENT_PASSWORD_WRONG", "1.4", set("currentPassword", "wrong horse battery 47"), nil},
	{"phone: both proofs of the present number", "changePhone", "INVALID_INPUT", "", set("currentPhoneCode", "123456"), nil},
	{"phone: another person's", "changePhone", "PHONE_REGISTERED", "1.1", func(s *stage, in input) {
		s.Wall.Advance(time.Minute) // it may have been asked for before
		in["phone"], in["code"] = s.b.owner.Phone, s.Code(s.b.owner.Phone, "CHANGE_PHONE")
	}, nil},
	{"e-mail: no address", "changeEmail", "EMAIL_INVALID", "1.1", set("email", "nobody"), nil},
	{"e-mail: a wrong password", "changeEmail", "CURRENT_PASSWORD_WRONG", "1.4", set("currentPassword", "wrong horse battery 47"), nil},
	{"e-mail: an unknown token to undo", "undoEmailChange", "EMAIL_UNDO_INVALID", "1.1", set("token", "pu_none"), nil},
	{"sign-in by code: no number", "signInWithCode", "PHONE_INVALID", "1.1", set("phone", "110"), nil},
	{"sign-in by code: a wrong code", "signInWithCode", "CODE_WRONG", "1.1", set("code", "x00000"), nil},
	{"profile: no name", "updateProfile", "INVALID_INPUT", "", set("name", " "), nil},
	{"session: unknown", "revokeSession", "NOT_FOUND", "", func(_ *stage, in input) { in["sessionId"] = unknownID("sess") }, nil},
	{"session: another person's", "revokeSession", "NOT_FOUND", "", func(s *stage, in input) { in["sessionId"] = s.a.spare(s.b.owner) }, nil},
	{"sessions: 21 to keep", "revokeOtherSessions", "INVALID_INPUT", "", set("keepSessionIds", strings.Split(strings.Repeat("sess_x,", 20)+"sess_x", ",")), nil},
	{"sessions: for less than an hour", "setSessionPolicy", "INVALID_INPUT", "", set("lifetimeMinutes", 59), nil},
	{"sessions: for more than the agreement's time", "setSessionPolicy", "INVALID_INPUT", "", set("lifetimeMinutes", 43_201), nil},
	{"sessions: idle for 14 minutes", "setSessionPolicy", "INVALID_INPUT", "", set("idleMinutes", 14), nil},
	{"audit: an action of 191 characters", "exportAudit", "INVALID_INPUT", "", set("filter", input{"action": strings.Repeat("a", 191)}), nil},
	{"audit: a period that ends when it begins", "exportAudit", "INVALID_INPUT", "",
		set("filter", input{"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}), nil},
	{"sessions: of a foreign account", "setSessionPolicy", "NOT_FOUND", "", func(s *stage, in input) { in["accountId"] = s.b.account }, nil},
	{"resend: no e-mail address", "resendEmailVerification", "EMAIL_INVALID", "1.1", set("email", "nobody"), nil},
	{"account: a display name of 61 characters", "updateAccount", "INVALID_INPUT", "", set("displayName", strings.Repeat("n", 61)), nil},
	{"account: a foreign one renamed", "updateAccount", "NOT_FOUND", "", func(s *stage, in input) { in["accountId"] = s.b.account }, nil},
	{"accept: no token", "acceptInvitation", "INVITATION_INVALID", "1.5", set("token", ""), nil},
	{"roles: of the owner", "setEmployeeRoles", "OWNER_UNCHANGED", "1.4", func(s *stage, in input) { in["employeeId"] = s.a.ownerID() }, nil},
	{"roles: of an unknown employee", "setEmployeeRoles", "NOT_FOUND", "", func(_ *stage, in input) { in["employeeId"] = unknownID("empl") }, nil},
	{"roles: of who has left", "setEmployeeRoles", "EMPLOYEE_LEFT", "1.5", func(s *stage, in input) { in["employeeId"] = s.a.gonePerson() }, nil},
	{"roles: none", "setEmployeeRoles", "INVALID_INPUT", "", set("roleIds", []string{}), nil},
	{"roles: the owner's", "setEmployeeRoles", "OWNER_UNCHANGED", "1.4", set("roleIds", []string{"role_owner"}), nil},
	{"roles: for a foreign application", "setEmployeeRoles", "NOT_FOUND", "", func(s *stage, in input) { in["applicationIds"] = []string{s.b.application()} }, nil},
	{"roles: for a deleted application", "setEmployeeRoles", "NOT_FOUND", "", func(s *stage, in input) { in["applicationIds"] = []string{s.gone()} }, nil},
	{"roles: for 101 applications", "setEmployeeRoles", "INVALID_INPUT", "", set("applicationIds", strings.Split(strings.Repeat("appl_x,", 100)+"appl_x", ",")), nil},
	{"roles: a limit in another currency", "setEmployeeRoles", "INVALID_INPUT", "", set("spendingLimit", input{"amount": "10", "currency": "USD"}), nil},
	{"roles: a limit below nothing", "setEmployeeRoles", "INVALID_INPUT", "", set("spendingLimit", yuan("-1")), nil},
	{"roles: until yesterday", "setEmployeeRoles", "INVALID_INPUT", "", set("expiresAt", "2026-03-01T00:00:00Z"), nil},
	{"offboard: the owner", "offboardEmployee", "OWNER_UNCHANGED", "1.4", func(s *stage, in input) { in["employeeId"] = s.a.ownerID() }, nil},
	{"offboard: who has left", "offboardEmployee", "EMPLOYEE_LEFT", "1.5", func(s *stage, in input) { in["employeeId"] = s.a.gonePerson() }, nil},
	{"offboard: a foreign employee", "offboardEmployee", "NOT_FOUND", "", func(s *stage, in input) { in["employeeId"] = s.b.ownerID() }, nil},
	{"offboard: an unknown successor", "offboardEmployee", "NOT_FOUND", "", func(_ *stage, in input) { in["successorId"] = unknownID("empl") }, nil},
	{"offboard: for a foreign one to succeed", "offboardEmployee", "NOT_FOUND", "", func(s *stage, in input) { in["successorId"] = s.b.ownerID() }, nil},
	{"offboard: to succeed itself", "offboardEmployee", "SUCCESSOR_UNFIT", "1.5", func(_ *stage, in input) { in["successorId"] = in["employeeId"] }, nil},
	{"role: a code with spaces", "createRole", "INVALID_INPUT", "", set("code", "two words"), nil},
	{"role: the code of a built-in one", "createRole", "ROLE_CODE_TAKEN", "1.5", set("code", "finance"), nil},
	{"role: no name", "createRole", "INVALID_INPUT", "", set("name", ""), nil},
	{"role: no permission", "createRole", "INVALID_INPUT", "", set("permissions", []string{}), nil},
	{"role: no such permission", "createRole", "GRAPHQL_VALIDATION_FAILED", "", set("permissions", []string{"EVERYTHING"}), nil},
	{"role: to lend the account", "createRole", "PERMISSION_NOT_TRANSFERABLE", "1.4", set("permissions", []string{"ACCOUNT_LEND"}), nil},
	{"role: an operator's permission", "createRole", "PERMISSION_NOT_HELD", "1.5", set("permissions", []string{"VERIFICATION_REVIEW"}), nil},
	{"role: to run services", "updateRole", "PERMISSION_NOT_HELD", "1.5", set("permissions", []string{"SERVICE_RUN"}), nil},
	{"role: a built-in one", "updateRole", "NOT_FOUND", "", set("roleId", "role_finance"), nil},
	{"role: a foreign one", "deleteRole", "NOT_FOUND", "", func(s *stage, in input) { in["roleId"] = s.b.ownRole() }, nil},
	{"role: a built-in one deleted", "deleteRole", "NOT_FOUND", "", set("roleId", "role_owner"), nil},
}
