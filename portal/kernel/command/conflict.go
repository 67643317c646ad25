package command

import (
	"context"
	"encoding/json"
	"slices"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/employee"
	"portico/ent/db/formername"
	"portico/ent/db/holding"
	"portico/ent/db/legalentity"
	"portico/ent/db/payer"
	"portico/ent/db/payment"
	"portico/text"
)

// ConflictOfInterest: nobody decides its own money. It carries the permission.
var ConflictOfInterest = clause.Declare(clause.Refusal{Code: "CONFLICT_OF_INTEREST", Clause: "5.2",
	Text: clause.Text{ZH: "您是该账户的成员或付款人，不能以运营人员的身份对其作出决定。",
		EN: "You belong to this account or pay for it, so you can't act on it as an operator."},
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

// Uninvolved is the refusal of an operator who decides by a permission about
// money of somebody who is that operator itself, under whatever name it has or
// had, or a company that it works or worked for.
func Uninvolved(tx *ent.Tx, perm authz.Permission, name string) error {
	ref, decides := perm.Decides()
	p, folded := tx.Principal(), text.Fold(name)
	if !decides || p.Kind != authz.Person || folded == "" {
		return nil
	}
	ctx := authz.Widen(tx.Context)
	of, err := tx.Employee.Query().Where(employee.PersonID(p.ID)).Select(employee.FieldAccountID).Strings(ctx)
	if err != nil {
		return err
	}
	names, err := namesOf(ctx, tx.Client(), p.ID)
	if err != nil {
		return err
	}
	_, companies, err := companiesOf(ctx, tx.Client(), of)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(append(names, companies...), func(n string) bool { return text.Fold(n) == folded }) {
		return ConflictOfInterest.By(ref).With("permission", perm.Enum())
	}
	return nil
}

// companiesOf are the legal entities that hold or held accounts, and the names
// that these have or had.
func companiesOf(ctx context.Context, c *db.Client, accounts []string) (ids, names []string, err error) {
	if len(accounts) == 0 {
		return nil, nil, nil
	}
	ids, err = c.Holding.Query().Where(holding.AccountIDIn(accounts...)).Select(holding.FieldLegalEntityID).Strings(ctx)
	if err != nil {
		return nil, nil, err
	}
	names, err = c.LegalEntity.Query().Where(legalentity.IDIn(ids...)).Select(legalentity.FieldName).Strings(ctx)
	if err != nil {
		return nil, nil, err
	}
	former, err := c.FormerName.Query().Where(formername.LegalEntityIDIn(ids...)).Select(formername.FieldName).Strings(ctx)
	return ids, append(names, former...), err
}

// interested tells whether a person owns an account, is or was of its staff
// (whoever asked for something there was) or of another account's of the same
// legal entity, or whether it, or a legal entity of such an account, pays for it:
// under whatever name it has or had, however that is written. An invitation that
// it hasn't accepted is none: an account that invites every operator would have
// nobody left to decide about it.
func interested(ctx context.Context, c *db.Client, personID, accountID string) (bool, error) {
	ctx = authz.Widen(ctx)
	of, err := c.Employee.Query().Where(employee.PersonID(personID)).Select(employee.FieldAccountID).Strings(ctx)
	if err != nil || slices.Contains(of, accountID) {
		return err == nil, err
	}
	names, err := namesOf(ctx, c, personID)
	if err != nil {
		return false, err
	}
	entities, companies, err := companiesOf(ctx, c, of)
	if err != nil {
		return false, err
	}
	if len(entities) > 0 {
		same, err := c.Holding.Query().Where(holding.AccountID(accountID), holding.LegalEntityIDIn(entities...)).Exist(ctx)
		if err != nil || same {
			return same, err
		}
	}
	names = append(names, companies...)
	return pays(ctx, c, accountID, names)
}

// pays tells whether somebody of one of the names paid for an account, or is
// designated to.
func pays(ctx context.Context, c *db.Client, accountID string, names []string) (bool, error) {
	var folded []string
	for _, name := range names {
		if f := text.Fold(name); f != "" {
			folded = append(folded, f)
		}
	}
	by, err := c.Payment.Query().Where(payment.AccountID(accountID)).Unique(true).Select(payment.FieldPayerName).Strings(ctx)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(by, func(name string) bool { return slices.Contains(folded, text.Fold(name)) }) {
		return true, nil
	}
	return c.Payer.Query().Where(payer.AccountID(accountID), payer.FoldedNameIn(folded...)).Exist(ctx)
}

// namesOf are what a person is called, and was before it changed that: the audit
// keeps it.
func namesOf(ctx context.Context, c *db.Client, personID string) ([]string, error) {
	p, err := c.Person.Get(ctx, personID)
	if err != nil {
		return nil, err
	}
	names := []string{p.Name}
	changes, err := c.AuditEvent.Query().Where(auditevent.AccountID(""), auditevent.ActorID(personID),
		auditevent.Action(renaming), auditevent.ResultEQ(auditevent.ResultDONE)).Select(auditevent.FieldDetails).Strings(ctx)
	if err != nil {
		return nil, err
	}
	for _, change := range changes {
		var details struct {
			Name struct{ Before string }
		}
		if err := json.Unmarshal([]byte(change), &details); err != nil {
			return nil, err
		}
		names = append(names, details.Name.Before)
	}
	return names, nil
}

// renaming is the command by which a person changes what it is called.
const renaming = "updateProfile"
