package billing

import (
	"context"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/arrears"
	"portico/ent/db/balance"
	"portico/ent/db/bill"
	"portico/money"
	"portico/portal/ledger"
	"portico/portal/standing"
)

// Stopped derives anew, from bills and arrears, whom arrears stop now (3.8). An
// account that owes something without arrears, or has them without owing, is
// told too.
func Stopped() []standing.Derivation {
	of := func(code string) standing.Derivation {
		return standing.Derivation{Code: code, Open: func(ctx context.Context, s *ent.Store) ([]string, error) {
			return restrictedBy(ctx, s, code)
		}}
	}
	return []standing.Derivation{of(InArrears.Code), of(Overdue.Code)}
}

func restrictedBy(ctx context.Context, s *ent.Store, code string) ([]string, error) {
	var owing []struct {
		AccountID string `json:"account_id"`
		Currency  string `json:"currency"`
	}
	err := s.Read().Bill.Query().Where(bill.StatusEQ(bill.StatusUNPAID)).
		GroupBy(bill.FieldAccountID, bill.FieldCurrency).Scan(ctx, &owing)
	if err != nil {
		return nil, err
	}
	rows, err := s.Read().Arrears.Query().Where(arrears.OpenKeyNotNil()).Order(db.Asc(arrears.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	open := map[string]*db.Arrears{}
	for _, row := range rows {
		open[*row.OpenKey] = row
	}
	var keys []string
	for _, o := range owing {
		row := open[openKey(o.AccountID, o.Currency)]
		for _, c := range stopped {
			switch {
			case c.code != code:
			case row == nil:
				keys = append(keys, standing.Key(o.AccountID, code, string(c.class), ""))
			case c.atOnce && !untouched(row), !c.atOnce && row.HeldAt == nil && !row.StopsAt.After(s.Now()):
				keys = append(keys, standing.Key(o.AccountID, code, string(c.class), row.ID))
			}
		}
	}
	return keys, nil
}

// Their refusals tell what is owed, and which top-up pays it (3.8, 5.10).
var _, _ = standing.Situate(InArrears.Code, owing), standing.Situate(Overdue.Code, owing)

func owing(ctx context.Context, c *db.Client, accountID string, r clause.Refusal) (clause.Refusal, error) {
	row, err := c.Balance.Query().Where(balance.AccountID(accountID), balance.ReceivableMinorGT(0)).
		Order(db.Asc(balance.FieldCurrency)).First(ctx)
	if db.IsNotFound(err) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	owed := money.New(row.ReceivableMinor, money.Currency(row.Currency))
	return r.WithFor(authz.BalanceRead, "owed", owed).WithFor(authz.BalanceRead, "topUp", ledger.TopUpOf(owed)), nil
}
