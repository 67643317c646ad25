package staff

import (
	"fmt"
	"slices"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/ownershipoffer"
	"portico/portal/access/identity"
	"portico/portal/kernel/outbox"
)

// offerLifetime is how long an offer of the ownership can be accepted. The agreement
// states no time, so it is a constant and no figure.
const offerLifetime = 7 * 24 * time.Hour

// offerTransitions is the life cycle of an offer of the ownership: from each status,
// those that may follow. All others are final.
var offerTransitions = map[ownershipoffer.Status][]ownershipoffer.Status{
	ownershipoffer.StatusPENDING: {ownershipoffer.StatusACCEPTED, ownershipoffer.StatusDECLINED, ownershipoffer.StatusWITHDRAWN,
		ownershipoffer.StatusVOID, ownershipoffer.StatusEXPIRED},
}

// endOffer brings an offer from the status that it has to another. If somebody else was
// faster, the transaction runs again. No other function changes a status.
func (r *roster) endOffer(row *db.OwnershipOffer, to ownershipoffer.Status) error {
	if !slices.Contains(offerTransitions[row.Status], to) {
		return fmt.Errorf("staff: %s doesn't follow %s", to, row.Status)
	}
	update := r.tx.OwnershipOffer.Update().Where(ownershipoffer.ID(row.ID), ownershipoffer.StatusEQ(row.Status)).SetStatus(to).ClearOpenKey()
	if to != ownershipoffer.StatusEXPIRED {
		update.SetEndedAt(r.tx.Now)
	}
	n, err := update.Save(r.tx)
	if err == nil && n == 0 {
		return ent.ErrStale
	}
	return err
}

// OfferStatus returns the status of an offer of the ownership at an instant.
func OfferStatus(row *db.OwnershipOffer, now time.Time) ownershipoffer.Status {
	if row.Status == ownershipoffer.StatusPENDING && !now.Before(row.ExpiresAt) {
		return ownershipoffer.StatusEXPIRED
	}
	return row.Status
}

// OfferVisible reports whether a principal may see an offer of the ownership: the
// employee that it is made to, the owner of the account, and readers of its employees.
func OfferVisible(p *authz.Principal, row *db.OwnershipOffer, now time.Time) bool {
	return p.Allows(authz.EmployeeRead, authz.On(row.AccountID), now) || p.Owns(row.AccountID) ||
		slices.ContainsFunc(p.Grants, func(g authz.Grant) bool { return g.EmployeeID == row.EmployeeID })
}

// pendingOffer returns the offer of the account's ownership that waits, also one that has
// expired since; nil if there is none.
func (v *view) pendingOffer() (*db.OwnershipOffer, error) {
	row, err := v.client.OwnershipOffer.Query().Where(ownershipoffer.OpenKey(v.accountID)).Only(v.ctx)
	if db.IsNotFound(err) {
		return nil, nil
	}
	return row, err
}

// offerTo returns the offer of the ownership that was made to an employee and can be
// accepted; nil if there is none.
func (v *view) offerTo(employeeID string) (*db.OwnershipOffer, error) {
	row, err := v.pendingOffer()
	if err != nil || row == nil || row.EmployeeID != employeeID || OfferStatus(row, v.now) != ownershipoffer.StatusPENDING {
		return nil, err
	}
	return row, nil
}

// ownershipOffersOf finds the offer of the ownership that was made to an employee who
// leaves: it becomes void.
func (v *view) ownershipOffersOf(e *db.Employee) (holding, error) {
	row, err := v.offerTo(e.ID)
	if err != nil || row == nil {
		return holding{}, err
	}
	return of([]string{row.ID}, func(r *roster) error { return r.voidOffer(row) }), nil
}

// voidOffer ends an offer because the employee that it was made to left or was
// suspended, and tells the owner.
func (r *roster) voidOffer(row *db.OwnershipOffer) error {
	if row == nil {
		return nil
	}
	r.tx.AuditDetail("ownershipOfferId", row.ID)
	if err := r.endOffer(row, ownershipoffer.StatusVOID); err != nil {
		return err
	}
	return r.tellOf(outbox.OwnershipVoid, row, r.ownerID)
}

// tellOf tells employees what became of an offer of the ownership, each that has
// verified an e-mail address. Offers can be made and withdrawn as often as the owner
// likes, so a person gets some such mails in a day (5.4); that the ownership has passed is
// always told.
func (r *roster) tellOf(news outbox.OwnershipNews, row *db.OwnershipOffer, employees ...string) error {
	found, err := r.colleagues(employees)
	if err != nil {
		return err
	}
	of, err := r.account()
	if err != nil {
		return err
	}
	tell := identity.TellOfWork
	if news == outbox.OwnershipPassed {
		tell = identity.Mail
	}
	for _, id := range employees {
		err := tell(r.tx.Tx, found[id].PersonID, func(to, personID string, _ time.Time) outbox.Message {
			return outbox.OwnershipMail(to, personID, news, of.Number, row.ID, row.ExpiresAt)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
