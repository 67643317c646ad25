package act

import (
	"context"
	"slices"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/db/payer"
	"portico/ent/db/payment"
	"portico/text"
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

// Impartial is the refusal of an operator who decides by a permission about an
// account that it has an interest in, for a command of the provider's that names
// the account itself ([Command.Global]).
func Impartial(tx *ent.Tx, perm authz.Permission, accountID string) error {
	return impartial(tx, tx.Client(), tx.Principal(), perm, authz.On(accountID))
}

// interested tells whether a person owns an account, is or was of its staff
// (whoever asked for something there was), or pays for it by its own name, as
// names are compared (3.5).
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
	own := text.Fold(person.Name)
	if own == "" {
		return false, nil
	}
	of, err = c.Payer.Query().Where(payer.AccountID(accountID), payer.FoldedName(own)).Exist(ctx)
	if err != nil || of {
		return of, err
	}
	names, err := c.Payment.Query().Where(payment.AccountID(accountID)).Unique(true).Select(payment.FieldPayerName).Strings(ctx)
	return slices.ContainsFunc(names, func(name string) bool { return text.Fold(name) == own }), err
}
