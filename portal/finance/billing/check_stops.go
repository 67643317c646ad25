package billing

import (
	"context"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/arrears"
	"portico/ent/db/ledgerentry"
	"portico/ent/db/restriction"
	"portico/portal/finance/ledger"
)

// checkStops checks that open and ended arrears stopped each class of services,
// or set the time of its stop (3.8). If money waited when the arrears began,
// the stop was paused (3.5), and there may be none.
func checkStops(ctx context.Context, s *ent.Store, report func(ledger.Finding)) error {
	c := s.Read()
	return ledger.EachPage(ctx, func(after string) ([]*db.Arrears, error) {
		return c.Arrears.Query().Where(arrears.IDGT(after)).Order(db.Asc(arrears.FieldID)).Limit(ledger.PageSize).All(ctx)
	}, func(rows []*db.Arrears) error {
		accounts := ledger.IDs(rows, func(a *db.Arrears) string { return a.AccountID })
		waited, err := c.LedgerEntry.Query().Where(ledgerentry.AccountIDIn(accounts...), ledgerentry.CustomerSide(true), ledgerentry.Book("SUSPENSE")).
			Select(ledgerentry.FieldAccountID, ledgerentry.FieldAt, ledgerentry.FieldAmountMinor).All(ctx)
		if err != nil {
			return err
		}
		restricted, err := c.Restriction.Query().Where(restriction.AccountIDIn(accounts...), restriction.CauseIDIn(ledger.IDs(rows, func(a *db.Arrears) string { return a.ID })...)).
			Select(restriction.FieldCauseID, restriction.FieldCode, restriction.FieldTargetID).All(ctx)
		if err != nil {
			return err
		}
		entries := map[string][]*db.LedgerEntry{} // by account
		for _, e := range waited {
			entries[e.AccountID] = append(entries[e.AccountID], e)
		}
		is := map[[3]string]bool{}
		for _, r := range restricted {
			is[[3]string{r.CauseID, r.Code, r.TargetID}] = true
		}
		for _, a := range rows {
			var suspense int64
			for _, e := range entries[a.AccountID] {
				if !e.At.After(a.BeganAt) {
					suspense += e.AmountMinor
				}
			}
			for _, st := range stopped {
				if suspense == 0 && !is[[3]string{a.ID, st.code, string(st.class)}] {
					report(ledger.Finding{Rule: "STOPPED", AccountID: a.AccountID, Subject: a.ID, Problem: "arrears did not stop a class of services: " + string(st.class)})
				}
			}
		}
		return nil
	})
}
