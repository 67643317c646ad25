package act

import (
	"context"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/db/payer"
	"portico/ent/db/payment"
)

// ConflictOfInterest: nobody decides its own money. It carries the permission.
var ConflictOfInterest = clause.Declare(clause.Refusal{Code: "CONFLICT_OF_INTEREST", Clause: "5.2",
	Text: clause.Text{ZH: "您是该账户的成员或付款人，不能以运营人员的身份对其作出决定。",
		EN: "You belong to this account or pay for it, so you can't decide about it as an operator."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请由与该账户无关的另一位运营人员处理。", EN: "Another operator, who has no part in the account, decides."}}})

// impartial refuses an operator who decides about an account that it has an
// interest in, by the clause of the permission.
func impartial(ctx context.Context, c *db.Client, p *authz.Principal, perm authz.Permission, o authz.Object) error {
	ref, decides := perm.Decides()
	if !decides || o.AccountID == "" || p.Kind != authz.Person {
		return nil
	}
	interest, err := interested(ctx, c, p.ID, o.AccountID)
	if err != nil || !interest {
		return err
	}
	return ConflictOfInterest.By(ref).With("permission", perm.Enum())
}

// interested tells whether a person owns an account, is or was of its staff
// (whoever asked for something there was), or pays for it by its own name.
func interested(ctx context.Context, c *db.Client, personID, accountID string) (bool, error) {
	ctx = authz.Narrow(ctx, accountID)
	of, err := c.Employee.Query().Where(employee.AccountID(accountID), employee.PersonID(personID)).Exist(ctx)
	if err != nil || of {
		return of, err
	}
	person, err := c.Person.Get(ctx, personID)
	if err != nil {
		return false, err
	}
	of, err = c.Payment.Query().Where(payment.AccountID(accountID), payment.PayerName(person.Name)).Exist(ctx)
	if err != nil || of {
		return of, err
	}
	return c.Payer.Query().Where(payer.AccountID(accountID), payer.Name(person.Name)).Exist(ctx)
}
