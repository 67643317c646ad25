package graph

import (
	"portico/ent/db"
	"portico/ent/db/ledgerentry"
	"portico/ent/statement"
	"portico/graph/page"
)

// ledgerEntries is the list of the entries of an account's balance, newest first.
var ledgerEntries = page.AccountList[*db.LedgerEntryQuery, db.LedgerEntry]{
	List:    page.List[db.LedgerEntry]{Name: "ledgerEntries", Column: ledgerentry.FieldPosition, Descending: true, Key: func(e *db.LedgerEntry) (any, string) { return e.Position, e.ID }},
	Table:   statement.CustomerEntries,
	Account: func(l *db.LedgerEntry) string { return l.AccountID },
	Query: func(c *db.Client) *db.LedgerEntryQuery {
		return c.LedgerEntry.Query().Where(ledgerentry.CustomerSide(true))
	},
}
