package staff

import (
	"context"
	"errors"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/db/ownership"
	"portico/ent/db/ownershipoffer"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// OfferOwnership offers the ownership of an account to one of its active employees (1.5).
// Nothing changes before the employee accepts. The legal entity that holds the account
// stays the same: another one becomes its holder only by a three-party agreement (1.4). An
// account has one pending offer, which ends after seven days. The employee is told by
// e-mail. For the owner alone, with a fresh second factor. Refusals: STAFF_NOT_ALLOWED,
// ALREADY_OWNER, EMPLOYEE_LEFT, EMPLOYEE_SUSPENDED, OWNERSHIP_OFFER_PENDING, and those of
// standing.
func OfferOwnership(ctx context.Context, s *ent.Store, in OfferOwnershipInput) (*OfferOwnershipPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "offerOwnership", Permission: authz.OwnershipOffer,
		Object: in.EmployeeID, Field: "employeeId", Input: in}, func(tx *command.Tx) (*OfferOwnershipPayload, error) {
		r, err := enter(tx, tx.Found().(*db.Employee).AccountID)
		if err != nil {
			return nil, err
		}
		by, err := r.actor(authz.OwnershipOffer)
		if err != nil {
			return nil, err
		}
		if by.employee == nil || !r.isOwner(by.employee) {
			return nil, authz.Forbid(tx.Principal(), authz.OwnershipOffer)
		}
		e, err := tx.Employee.Get(tx, in.EmployeeID) // as it is after what was faster
		if err != nil {
			return nil, err
		}
		if err := r.mayOwn(e); err != nil {
			return nil, err
		}
		pending, err := r.pendingOffer()
		if err != nil {
			return nil, err
		}
		if pending != nil {
			if OfferStatus(pending, tx.Now) == ownershipoffer.StatusPENDING {
				return nil, OwnershipOfferPending.At("employeeId").With("offerId", pending.ID)
			}
			if err := r.endOffer(pending, ownershipoffer.StatusEXPIRED); err != nil {
				return nil, err
			}
		}
		row, err := tx.OwnershipOffer.Create().SetAccountID(r.accountID).SetEmployeeID(e.ID).SetOfferedBy(by.employee.ID).SetStatus(ownershipoffer.StatusPENDING).
			SetOfferedAt(tx.Now).SetExpiresAt(tx.Now.Add(offerLifetime)).SetOpenKey(r.accountID).Save(tx)
		if ent.IsDuplicate(err) {
			return nil, ent.ErrStale
		}
		if err != nil {
			return nil, err
		}
		tx.AuditObject(r.accountID, row.ID)
		tx.AuditDetail("employeeId", e.ID)
		return &OfferOwnershipPayload{Offer: row}, r.tellOf(outbox.OwnershipOffered, row, e.ID)
	})
}

// mayOwn refuses an employee that can't become the owner of the account. Refusals, at
// employeeId: ALREADY_OWNER, EMPLOYEE_LEFT, EMPLOYEE_SUSPENDED, and STAFF_NOT_ALLOWED.
func (v *view) mayOwn(e *db.Employee) error {
	switch {
	case v.isOwner(e):
		return AlreadyOwner.At("employeeId")
	case e.Status == employee.StatusSUSPENDED:
		return EmployeeSuspended.At("employeeId").With("employeeId", e.ID)
	case e.Status != employee.StatusACTIVE:
		return EmployeeLeft.At("employeeId").With("accountId", e.AccountID)
	}
	return v.maySeat("employeeId")
}

// offerOf finds an offer for one of its two sides. Whoever is neither gets NOT_FOUND, as for
// an offer that doesn't exist. It returns the transaction within the offer's account.
func offerOf(tx *command.Tx, offerID string) (*roster, *db.OwnershipOffer, *db.Employee, error) {
	none := clause.NotFound.At("offerId")
	n, o, err := command.Find(tx, tx.Client(), offerID)
	if errors.Is(err, clause.NotFound) {
		err = none
	}
	if err != nil {
		return nil, nil, nil, err
	}
	if _, is := n.(*db.OwnershipOffer); !is || tx.Principal().Kind != authz.Person {
		return nil, nil, nil, none
	}
	tx = tx.Within(o.AccountID)
	own, err := tx.Employee.Query().Where(employee.ActiveKey(activeKey(o.AccountID, tx.Principal().ID))).Only(tx)
	if db.IsNotFound(err) {
		err = none
	}
	if err != nil {
		return nil, nil, nil, err
	}
	if row := n.(*db.OwnershipOffer); own.ID != row.EmployeeID && own.ID != row.OfferedBy {
		return nil, nil, nil, none
	}
	tx.AuditObject(o.AccountID, offerID)
	r, err := enter(tx, o.AccountID)
	if err != nil {
		return nil, nil, nil, err
	}
	row, err := tx.OwnershipOffer.Get(tx, offerID) // as it is after what was faster
	if err != nil {
		return nil, nil, nil, err
	}
	return r, row, own, nil
}

// AcceptOwnership makes the signed-in person the owner of an account, by an offer that was
// made to it (1.5). In one step the account's ownership passes, the new owner's other
// grants and memberships of groups end, and the former owner becomes an administrator. It
// needs a fresh second factor, and what forbids offering forbids accepting. Both are told
// by e-mail; no session ends, since everybody's rights are read at each request.
// Refusals: NOT_FOUND, OWNERSHIP_OFFER_CLOSED, SECOND_FACTOR_REQUIRED, STEP_UP_REQUIRED,
// EMPLOYEE_SUSPENDED, STAFF_NOT_ALLOWED, and those of standing.
func AcceptOwnership(ctx context.Context, s *ent.Store, in AcceptOwnershipInput) (*AcceptOwnershipPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "acceptOwnership", SignedIn: true, Object: in.OfferID, Field: "offerId", Input: in},
		func(tx *command.Tx) (*AcceptOwnershipPayload, error) {
			r, row, own, err := offerOf(tx, in.OfferID)
			if err != nil {
				return nil, err
			}
			tx = r.tx
			if own.ID != row.EmployeeID {
				return nil, clause.NotFound.At("offerId")
			}
			if status := OfferStatus(row, tx.Now); status != ownershipoffer.StatusPENDING || row.OfferedBy != r.ownerID {
				return nil, OwnershipOfferClosed.At("offerId").With("status", status.String())
			}
			if err := tx.Fresh(authz.OwnershipOffer); err != nil {
				return nil, err
			}
			if err := command.Denied(tx, tx.Client(), authz.OwnershipOffer, authz.On(r.accountID), tx.Now); err != nil {
				return nil, err
			}
			if err := r.maySeat("offerId"); err != nil {
				return nil, err
			}
			grant, err := r.pass(row, own)
			if err != nil {
				return nil, err
			}
			if err := r.tellOf(outbox.OwnershipPassed, row, row.EmployeeID, row.OfferedBy); err != nil {
				return nil, err
			}
			of, err := tx.Account.Get(tx, r.accountID)
			return &AcceptOwnershipPayload{Account: of, Becomes: command.BecomesAs(regranted(tx.Principal(), r.accountID, grant))}, err
		})
}

// pass makes an employee the owner in place of the one who offered it. The account has
// exactly one at each moment: the row before is closed and the next one is opened in one
// transaction, which changes of the staff serialise.
func (r *roster) pass(offer *db.OwnershipOffer, to *db.Employee) (authz.Grant, error) {
	tx, former := r.tx, r.ownerID
	if err := r.endOffer(offer, ownershipoffer.StatusACCEPTED); err != nil {
		return authz.Grant{}, err
	}
	n, err := tx.Ownership.Update().Where(ownership.OpenKey(r.accountID), ownership.EmployeeID(former)).SetUntilAt(tx.Now).ClearOpenKey().Save(tx)
	if err != nil {
		return authz.Grant{}, err
	}
	if n != 1 {
		return authz.Grant{}, ent.ErrStale
	}
	if err := tx.Ownership.Create().SetAccountID(r.accountID).SetEmployeeID(to.ID).SetFromAt(tx.Now).SetOpenKey(r.accountID).Exec(tx); err != nil {
		return authz.Grant{}, err
	}
	tx.AuditDetail("formerOwnerId", former)
	tx.AuditDetail("ownerId", to.ID)
	if err := r.leaveGroups(to.ID); err != nil { // the owner is in no group
		return authz.Grant{}, err
	}
	for _, id := range []string{to.ID, former} {
		rows, err := r.grants(id)
		if err != nil {
			return authz.Grant{}, err
		}
		if id == to.ID {
			tx.AuditDetail("oldGrants", noted(rows))
		}
		if err := r.end(rows); err != nil {
			return authz.Grant{}, err
		}
	}
	if err := r.grant(former, []*db.Role{{ID: RoleID(administrator)}}, reach{}, &to.ID); err != nil {
		return authz.Grant{}, err
	}
	r.ownerID = to.ID
	role := &db.Role{ID: RoleID(Owner), Code: Owner, BuiltIn: true}
	written, err := r.give(to.ID, []gift{{role: role}}, nil)
	if err != nil {
		return authz.Grant{}, err
	}
	held := gift{role: role}.heldAs(written[0])
	held.Owner = true
	return held, nil
}

// WithdrawOwnershipOffer ends an offer of the ownership: the owner withdraws it, or the
// employee that it was made to declines it (1.5). The other one is told by e-mail. For
// these two alone. Refusals: NOT_FOUND, OWNERSHIP_OFFER_CLOSED.
func WithdrawOwnershipOffer(ctx context.Context, s *ent.Store, in WithdrawOwnershipOfferInput) (*WithdrawOwnershipOfferPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "withdrawOwnershipOffer", SignedIn: true, Object: in.OfferID, Field: "offerId", Input: in},
		func(tx *command.Tx) (*WithdrawOwnershipOfferPayload, error) {
			r, row, own, err := offerOf(tx, in.OfferID)
			if err != nil {
				return nil, err
			}
			if status := OfferStatus(row, tx.Now); status != ownershipoffer.StatusPENDING {
				return nil, OwnershipOfferClosed.At("offerId").With("status", status.String())
			}
			to, news, other := ownershipoffer.StatusWITHDRAWN, outbox.OwnershipWithdrawn, row.EmployeeID
			if own.ID == row.EmployeeID {
				to, news, other = ownershipoffer.StatusDECLINED, outbox.OwnershipDeclined, row.OfferedBy
			}
			if err := r.endOffer(row, to); err != nil {
				return nil, err
			}
			if err := r.tellOf(news, row, other); err != nil {
				return nil, err
			}
			row, err = r.tx.OwnershipOffer.Get(r.tx, row.ID)
			return &WithdrawOwnershipOfferPayload{Offer: row}, err
		})
}
