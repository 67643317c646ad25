package sandbox

import (
	"context"
	"fmt"
	"strings"

	"portico/authz"
	"portico/ent/db/grant"
	"portico/ent/db/terms"
	"portico/money"
	"portico/portal/access/identity"
	"portico/portal/access/staff"
	"portico/portal/customer/account"
)

// The people of the demonstration: the first words of the logins' names, and
// two people without a login.
const (
	owner      = "Owner"
	operator   = "Operator"
	finance    = "Finance"
	operations = "Operations"
	dataPlane  = "data plane"
	visiting   = "visitor"
)

const (
	demoAddress = "127.0.0.1"
	demoAgent   = "portico sandbox"
)

// login returns the login whose name begins with a word.
func (r *run) login(who string) (Login, error) {
	for _, l := range r.logins.People {
		if first, _, _ := strings.Cut(l.Name, " "); first == who {
			return l, nil
		}
	}
	return Login{}, fmt.Errorf("there is no login of %s", who)
}

// token returns somebody's access token, or the key of the data plane.
func (r *run) token(visitor context.Context, who string) (string, error) {
	if who == dataPlane {
		return r.logins.DataPlaneKey, nil
	}
	if token := r.tokens[who]; token != "" {
		return token, nil
	}
	l, err := r.login(who)
	if err != nil {
		return "", err
	}
	visitor = authz.With(visitor, authz.Nobody(demoAddress, demoAgent))
	p, err := identity.SignIn(visitor, r.Store, identity.SignInInput{Login: l.Phone, Password: l.Password})
	if err != nil {
		return "", err
	}
	if p.Session == nil {
		return "", fmt.Errorf("%s: %w", who, errSecondFactor)
	}
	r.tokens[who] = p.Session.AccessToken
	return p.Session.AccessToken, nil
}

// leave signs somebody out.
func (r *run) leave(ctx context.Context, who string) error {
	ctx, err := r.as(ctx, who, "sign-out")
	if err == nil {
		_, err = identity.SignOut(ctx, r.Store, identity.SignOutInput{})
	}
	return err
}

// invite invites an employee with a built-in role, as the owner.
func (r *run) invite(ctx context.Context, address, role string) error {
	return r.once(ctx, owner, "invite-"+role, func(ctx context.Context) error {
		_, err := staff.InviteEmployee(ctx, r.Store, staff.InviteEmployeeInput{AccountID: r.account.ID, Address: address,
			RoleIDs: []string{staff.RoleID(role)}})
		return err
	})
}

// join registers a person who was invited by phone number, and verifies the
// address.
func (r *run) join(ctx context.Context, l Login, role string) error {
	email := role + "@example.com"
	err := r.once(ctx, visiting, "join-"+role, func(ctx context.Context) error {
		invitation, err := newestMessage(authz.With(ctx, authz.AsSystem("sandbox-seed")), r.Store, l.Phone)
		if err != nil {
			return err
		}
		ids, err := r.Store.Read().Terms.Query().Where(terms.EffectiveAtLTE(r.Store.Now())).IDs(ctx)
		if err != nil {
			return err
		}
		_, err = account.RegisterByInvitation(ctx, r.Store, account.RegisterByInvitationInput{Token: invitation.Token, PersonName: l.Person,
			Password: l.Password, Email: &email, DeclaresFullCapacity: true, AcceptedTermsIDs: ids})
		return err
	})
	if err != nil {
		return err
	}
	return r.once(ctx, visiting, "verify-"+role, func(ctx context.Context) error {
		link, err := newestMessage(authz.With(ctx, authz.AsSystem("sandbox-seed")), r.Store, email)
		if err != nil {
			return err
		}
		_, err = identity.VerifyEmail(ctx, r.Store, identity.VerifyEmailInput{Token: link.Token})
		return err
	})
}

// hire invites somebody, who then joins.
func (r *run) hire(who, role string) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		l, err := r.login(who)
		if err != nil {
			return err
		}
		if err := r.invite(ctx, l.Phone, role); err != nil {
			return err
		}
		return r.join(ctx, l, role)
	}
}

// employee returns the id of the customer's employee who has a built-in role.
func (r *run) employee(ctx context.Context, role string) (string, error) {
	g, err := r.Store.Read().Grant.Query().Where(grant.AccountID(r.account.ID), grant.RoleID(staff.RoleID(role))).First(ctx)
	if err != nil {
		return "", err
	}
	return g.EmployeeID, nil
}

// bound limits the operations employee to one application, and to an amount per
// order.
func (r *run) bound(ctx context.Context) error {
	return r.once(ctx, owner, "bound-operations", func(ctx context.Context) error {
		id, err := r.employee(ctx, "operations")
		if err != nil {
			return err
		}
		application, err := r.object(ctx, "application-chat")
		if err != nil {
			return err
		}
		limit := cny("2000.00")
		_, err = staff.SetEmployeeRoles(ctx, r.Store, staff.SetEmployeeRolesInput{EmployeeID: id, RoleIDs: []string{staff.RoleID("operations")},
			ApplicationIDs: []string{application}, SpendingLimit: &limit})
		return err
	})
}

// auditorComes hires an auditor who leaves later.
func (r *run) auditorComes(ctx context.Context) error {
	l := Login{Person: "周婷", Phone: "+8613300133000", Password: newPassword()} // somebody who has left has no login
	if err := r.invite(ctx, l.Phone, "auditor"); err != nil {
		return err
	}
	return r.join(ctx, l, "auditor")
}

func (r *run) auditorLeaves(ctx context.Context) error {
	return r.once(ctx, owner, "offboard-auditor", func(ctx context.Context) error {
		id, err := r.employee(ctx, "auditor")
		if err != nil {
			return err
		}
		_, err = staff.OffboardEmployee(ctx, r.Store, staff.OffboardEmployeeInput{EmployeeID: id})
		return err
	})
}

// ownRole creates a role of the customer's own.
func (r *run) ownRole(ctx context.Context) error {
	return r.once(ctx, owner, "role", func(ctx context.Context) error {
		_, err := staff.CreateRole(ctx, r.Store, staff.CreateRoleInput{AccountID: r.account.ID, Code: "bill-reader", Name: "账单查看",
			Permissions: []authz.Permission{authz.AccountRead, authz.BillRead, authz.UsageRead}})
		return err
	})
}

// inviteSuccessor creates an invitation that stays open.
func (r *run) inviteSuccessor(ctx context.Context) error {
	return r.once(ctx, owner, "invite-successor", func(ctx context.Context) error {
		_, err := staff.InviteEmployee(ctx, r.Store, staff.InviteEmployeeInput{AccountID: r.account.ID, Address: "new.auditor@example.com",
			RoleIDs: []string{staff.RoleID("auditor")}})
		return err
	})
}

func cny(amount string) money.Input {
	return money.Input{Amount: money.MustDecimal(amount), Currency: "CNY"}
}
