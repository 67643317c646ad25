package staff

import (
	"context"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/invitation"
	"portico/ent/db/role"
	"portico/portal/access/identity"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
)

// InvitationPreview is what the bearer of an invitation's token sees before
// accepting it.
type InvitationPreview struct {
	// Account is the account that invites.
	Account *InvitingAccount
	// InvitedBy is the inviter's name.
	InvitedBy string
	// Roles are the roles that it gives.
	Roles []*db.Role
	// ExpiresAt is the instant until which it can be accepted.
	ExpiresAt time.Time
	// AddressProved reports whether the signed-in person has proved the address.
	AddressProved bool
	// SentTo is the kind of address that it was sent to.
	SentTo invitation.Medium
}

// InvitingAccount is what an invitation shows of the account.
type InvitingAccount struct {
	// Name is the account's name, and Number its public number.
	Name, Number string
	// LegalName is the name of the verified legal entity (5.2).
	LegalName *string
}

// PreviewInvitation shows an invitation to the bearer of its token. It is
// public; nil if the token is not valid, for any reason. Each wrong token is
// counted by network; the refusal is TRIES_EXCEEDED.
func PreviewInvitation(ctx context.Context, s *ent.Store, token string) (*InvitationPreview, error) {
	var row *db.Invitation
	right, err := identity.TryInvitation(ctx, s, authz.From(ctx).Network(), func() (found bool, err error) {
		row, err = live(ctx, s, token)
		return row != nil, err
	})
	if err != nil || !right {
		return nil, err
	}
	read, system := s.Read(), bearer(ctx)
	account, err := read.Account.Get(system, row.AccountID)
	if err != nil {
		return nil, err
	}
	p := &InvitationPreview{Account: &InvitingAccount{Name: account.Name, Number: account.Number}, ExpiresAt: row.ExpiresAt, SentTo: row.Medium}
	legal, err := legalName(system, read, row.AccountID)
	if err != nil {
		return nil, err
	}
	if legal != "" {
		p.Account.LegalName = &legal
	}
	if p.Roles, err = read.Role.Query().Where(role.IDIn(InvitedRoles(row)...)).Order(db.Asc(role.FieldID)).All(system); err != nil {
		return nil, err
	}
	inviter, err := read.Employee.Get(system, row.InvitedBy)
	if err != nil {
		return nil, err
	}
	person, err := read.Person.Get(system, inviter.PersonID)
	if err != nil {
		return nil, err
	}
	p.InvitedBy = person.Name
	if caller := authz.From(ctx); caller.Kind == authz.Person {
		proof, err := identity.ProvedBy(ctx, read.Person, caller.ID, row.AddressIndex)
		if err != nil {
			return nil, err
		}
		p.AddressProved = proof == identity.Proved
	}
	return p, nil
}

// bearer returns a context that reads as the system what a token opens: the
// token is the credential.
func bearer(ctx context.Context) context.Context {
	return authz.With(ctx, authz.AsSystem("acceptInvitation"))
}

// live returns the invitation that a token opens now; nil if there is none.
func live(ctx context.Context, s *ent.Store, token string) (*db.Invitation, error) {
	row, err := s.Read().Invitation.Query().Where(invitation.TokenHash(ent.Hash(token))).Only(bearer(ctx))
	if db.IsNotFound(err) || err == nil && InvitationStatus(row, s.Now()) != invitation.StatusPENDING {
		return nil, nil
	}
	return row, err
}

// InvitedAddress returns the address that an invitation was sent to, by its
// token: the bearer of the token has proved it. Nil if the token is not valid;
// each wrong one is counted by network. The refusal is TRIES_EXCEEDED.
func InvitedAddress(ctx context.Context, s *ent.Store, token string) (*address.Address, error) {
	var row *db.Invitation
	right, err := identity.TryInvitation(ctx, s, authz.From(ctx).Network(), func() (found bool, err error) {
		row, err = live(ctx, s, token)
		return row != nil, err
	})
	if err != nil || !right {
		return nil, err
	}
	opened, err := InvitationAddress(s, row)
	return &address.Address{Value: opened, Email: row.Medium == invitation.MediumEMAIL}, err
}

// Join makes a newly registered person an employee, by the token of an
// invitation to an address that it has proved (1.5). A step of the
// registration, in the person's name; refusals are those of [AcceptInvitation].
func Join(tx *command.Tx, token string) (*db.Employee, *authz.Principal, error) {
	row, err := pending(tx.Tx, token)
	if err != nil {
		return nil, nil, err
	}
	payload, err := accept(tx, row)
	if err != nil {
		return nil, nil, err
	}
	return payload.Employee, payload.Principal(), nil
}
