package billing

import (
	"context"
	"slices"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/arrears"
	"portico/ent/db/auditevent"
	"portico/ent/db/balance"
	"portico/ent/db/bill"
	"portico/ent/db/ledgerentry"
	"portico/ent/db/restriction"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/standing"
)

// Stopped derives from bills and arrears which accounts are stopped now (3.8).
// It also reports an account that owes something without arrears, or has
// arrears without owing.
func Stopped() []standing.Derivation {
	of := func(code string) standing.Derivation {
		return standing.Derivation{Code: code, Open: func(ctx context.Context, s *ent.Store) ([]string, error) {
			return restrictedBy(ctx, s, code)
		}, Fits: stops}
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
			case c.atOnce && !nothingStopped(row), !c.atOnce && row.HeldAt == nil && !row.StopsAt.After(s.Now()):
				keys = append(keys, standing.Key(o.AccountID, code, string(c.class), row.ID))
			}
		}
	}
	return keys, nil
}

// stops checks the restrictions of arrears. What stops at once is restricted
// since the arrears began or since no more money waited; the rest since the
// time that the arrears state, unless somebody extended the days or paid (3.5,
// 3.8).
func stops(ctx context.Context, s *ent.Store, rows []*db.Restriction) (map[string]bool, error) {
	causes := make([]string, len(rows))
	accounts := make([]string, len(rows))
	for i, r := range rows {
		causes[i], accounts[i] = r.CauseID, r.AccountID
	}
	list, err := s.Read().Arrears.Query().Where(arrears.IDIn(causes...)).All(ctx)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*db.Arrears, len(list))
	for _, a := range list {
		byID[a.ID] = a
	}
	instants := make([]time.Time, 0, len(rows))
	for _, r := range rows {
		instants = append(instants, r.Since)
		if r.UntilAt != nil {
			instants = append(instants, *r.UntilAt)
		}
	}
	entries, err := s.Read().LedgerEntry.Query().Where(ledgerentry.AccountIDIn(accounts...), ledgerentry.CustomerSide(true), ledgerentry.AtIn(instants...)).
		Select(ledgerentry.FieldAccountID, ledgerentry.FieldAt).All(ctx)
	if err != nil {
		return nil, err
	}
	moved := map[string]bool{} // accounts and instants at which money moved or days were extended
	for _, e := range entries {
		moved[e.AccountID+e.At.UTC().String()] = true
	}
	extended, err := s.Read().AuditEvent.Query().Where(auditevent.ObjectIDIn(causes...), auditevent.Action(extendCommand)).All(ctx)
	if err != nil {
		return nil, err
	}
	for _, e := range extended {
		moved[e.AccountID+e.At.UTC().String()] = true
	}
	fits := make(map[string]bool, len(rows))
	for _, r := range rows {
		if a := byID[r.CauseID]; a != nil {
			fits[r.ID] = stopOf(r, a, func(at time.Time) bool { return moved[r.AccountID+at.UTC().String()] })
		}
	}
	return fits, nil
}

// stopOf reports whether a restriction follows from arrears.
func stopOf(r *db.Restriction, a *db.Arrears, moved func(time.Time) bool) bool {
	at := slices.IndexFunc(stopped, func(s stop) bool { return s.code == r.Code && string(s.class) == r.TargetID })
	if at < 0 || r.Scope != restriction.ScopeCLASS || r.AccountID != a.AccountID || r.Clause != "3.8" || r.LiftsID != nil {
		return false
	}
	if stopped[at].atOnce {
		return r.Reason == nil && (r.Since.Equal(a.BeganAt) || r.Since.After(a.BeganAt) && moved(r.Since)) &&
			(a.EndedAt == nil) == (r.UntilAt == nil) && (a.EndedAt == nil || r.UntilAt.Equal(*a.EndedAt))
	}
	if r.UntilAt == nil {
		return a.EndedAt == nil && r.Since.Equal(a.StopsAt) && (r.Reason == nil || a.ExtensionReason != nil && *r.Reason == *a.ExtensionReason)
	}
	ended := a.EndedAt != nil && r.UntilAt.Equal(*a.EndedAt)
	return r.Since.After(a.BeganAt) && (ended && !r.Since.After(a.StopsAt) || moved(*r.UntilAt))
}

// The refusals of arrears carry the amount owed and the top-up that pays it
// (3.8, 5.10).
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
