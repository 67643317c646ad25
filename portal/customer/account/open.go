// Package account owns accounts, the legal entities that hold them, and their
// verification (1.1 to 1.3).
package account

import (
	"context"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/declaration"
	"portico/ent/db/restriction"
	"portico/money"
	"portico/portal/access/staff"
	"portico/portal/customer/agreement"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
	"portico/portal/kernel/standing"
)

// mostPending is how many accounts of one person may await approval.
const mostPending = 5

// OpenAccount opens a further account, owned by the signed-in person (1.3),
// with the declarations of 1.2 and 8 and the acceptance of the current terms
// (0), as at a registration. It may not spend before it is approved (5.2). For
// every registered person. Refusals: INVALID_INPUT, CAPACITY_NOT_DECLARED,
// EXPORT_NOT_DECLARED, TERMS_NOT_CURRENT, ACCOUNTS_PENDING.
func OpenAccount(ctx context.Context, s *ent.Store, in OpenAccountInput) (*OpenAccountPayload, error) {
	// In the audit, openAccount is an operator's view of an account (6.2).
	c := command.Command{Name: "openFurtherAccount", SignedIn: true, Input: in}
	return command.Do(ctx, s, c, func(tx *command.Tx) (*OpenAccountPayload, error) {
		p := *tx.Principal()
		if p.Kind != authz.Person { // programs have no accounts
			return nil, authz.Forbid(&p, authz.AccountUpdate)
		}
		var check clause.Check
		company, err := naming.Of("companyName", in.CompanyName)
		check.Add(err)
		if !in.DeclaresFullCapacity {
			check.Add(CapacityNotDeclared.At("declaresFullCapacity").Lift(declare("openAccount", "declaresFullCapacity")))
		}
		if !in.ExportDeclaration {
			check.Add(ExportNotDeclared.At("exportDeclaration").Lift(declare("openAccount", "exportDeclaration")))
		}
		if err := check.Err(); err != nil {
			return nil, err
		}
		if err := fewPending(tx.Tx); err != nil {
			return nil, err
		}
		within, row, err := found(tx, &p, founding{company: company, subject: in.SubjectKind, acceptedTermsIDs: in.AcceptedTermsIDs})
		if err != nil {
			return nil, err
		}
		return &OpenAccountPayload{Account: row, Becomes: command.BecomesAs(within.Principal())}, nil
	})
}

// declare returns the remedy of a missing declaration: the same operation with
// it.
func declare(operation, field string) clause.Remedy {
	return clause.Remedy{Text: clause.Text{ZH: "请勾选该声明后重试。", EN: "Make the declaration, then try again."},
		Operation: operation, Input: map[string]any{field: true}}
}

// fewPending limits how many accounts of a person await review.
func fewPending(tx *ent.Tx) error {
	var own []string
	for _, g := range tx.Principal().Grants {
		if g.Owner {
			own = append(own, g.AccountID)
		}
	}
	if len(own) < mostPending {
		return nil
	}
	waiting, err := tx.Account.Query().Where(account.IDIn(own...), account.StatusEQ(account.StatusPENDING)).
		Order(db.Asc(account.FieldCreatedAt, account.FieldID)).Limit(mostPending).All(tx)
	if err != nil || len(waiting) < mostPending {
		return err
	}
	return AccountsPending.With("most", mostPending).With("accountId", waiting[0].ID)
}

// founding is the data of an account that is opened.
type founding struct {
	company          string
	subject          account.SubjectKind
	acceptedTermsIDs []string
}

// found opens an account owned by a person: with its declarations (1.2, 8), the
// accepted terms (0), and the restriction of 5.2. It returns the transaction of
// the owner.
func found(tx *command.Tx, p *authz.Principal, f founding) (*command.Tx, *db.Account, error) {
	id := ent.NewID("acct")
	p.Grants = append(p.Grants[:len(p.Grants):len(p.Grants)], authz.Grant{AccountID: id, RoleCode: "owner", Owner: true, Allow: authz.Law().Role("owner")})
	tx = tx.As(p).Within(id)
	tx.AuditObject(id, id)
	number, err := newNumber()
	if err != nil {
		return nil, nil, err
	}
	row, err := tx.Account.Create().SetID(id).SetNumber(number).SetName(f.company).SetStatus(account.StatusPENDING).
		SetSubjectKind(f.subject).SetCurrency(money.CNY.String()).SetCreatedAt(tx.Now).Save(tx)
	if ent.IsDuplicate(err) { // the number is taken: draw another one
		return nil, nil, ent.ErrStale
	}
	if err != nil {
		return nil, nil, err
	}
	if _, err := staff.Found(tx.Tx, id, p.ID); err != nil {
		return nil, nil, err
	}
	for _, kind := range []declaration.Kind{declaration.KindCAPACITY, declaration.KindEXPORT_CONTROL} {
		err := tx.Declaration.Create().SetAccountID(id).SetPersonID(p.ID).SetKind(kind).SetDeclaredAt(tx.Now).
			SetAddress(p.Address).SetAgent(p.Agent).Exec(tx)
		if err != nil {
			return nil, nil, err
		}
	}
	if err := agreement.AcceptCurrent(tx.Tx, id, p.ID, f.acceptedTermsIDs); err != nil {
		return nil, nil, err
	}
	return tx, row, standing.Restrict(tx.Tx, standing.Cause{Scope: restriction.ScopeACCOUNT, AccountID: id,
		Code: standing.VerificationRequired.Code, Clause: "5.2", ID: id})
}
