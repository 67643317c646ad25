package ent

import (
	"context"
	"strings"

	entsql "entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/clause"
	"portico/ent/db/accessseal"
	"portico/ent/db/auditevent"
	"portico/ent/db/holding"
	"portico/ent/db/legalentity"
	"portico/ent/db/predicate"
)

// This file holds the few statements that are written by hand because ent's
// own would be many, or slow. Each carries its tenant predicate, and a test
// holds its answer equal to ent's.

// FirstOfEach returns, in one statement, the ids of the first n rows of each
// account's list of a table, ordered by a column and the id. Every account
// must be within the principal's reach.
func (s *Store) FirstOfEach(ctx context.Context, table, orderColumn string, descending bool, accounts []string, n int) ([]string, error) {
	return s.firstOfEach(ctx, table, orderColumn, descending, accounts, n, "", nil)
}

// FirstOfEachWhere is [Store.FirstOfEach] of the rows that meet conditions.
func (s *Store) FirstOfEachWhere(ctx context.Context, table, orderColumn string, descending bool, accounts []string, n int,
	where ...func(*entsql.Selector),
) ([]string, error) {
	q := entsql.Dialect(s.driver.Dialect()).Select("id").From(entsql.Table(table))
	for _, w := range where {
		w(q)
	}
	if q.P() == nil {
		return s.firstOfEach(ctx, table, orderColumn, descending, accounts, n, "", nil)
	}
	p := q.P()
	p.SetDialect(s.driver.Dialect())
	condition, args := p.Query()
	return s.firstOfEach(ctx, table, orderColumn, descending, accounts, n, " AND ("+condition+")", args)
}

func (s *Store) firstOfEach(ctx context.Context, table, orderColumn string, descending bool, accounts []string, n int,
	condition string, conditionArgs []any,
) ([]string, error) {
	p := authz.From(ctx)
	if len(accounts) == 0 {
		return nil, nil
	}
	direction := " ASC"
	if descending {
		direction = " DESC"
	}
	part := "SELECT id FROM (SELECT id FROM " + table + " WHERE account_id = ?" + condition + " ORDER BY " +
		orderColumn + direction + ", id" + direction + " LIMIT ?) AS part"
	args := make([]any, 0, (2+len(conditionArgs))*roundedUp(len(accounts)))
	for _, id := range accounts {
		if !p.Reaches(id) {
			return nil, clause.NotFound
		}
		args = append(append(append(args, id), conditionArgs...), n)
	}
	parts := roundedUp(len(accounts))
	for range parts - len(accounts) { // as many parts as its shape has: of no account
		args = append(append(append(args, ""), conditionArgs...), n)
	}
	query := part + strings.Repeat(" UNION ALL "+part, parts-1)
	rows, err := s.client.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Holds is the condition that a legal entity holds an account now (1.3), for
// one statement instead of two. No entity does where the account is out of the
// principal's reach.
func Holds(ctx context.Context, accountID string) predicate.LegalEntity {
	if !authz.From(ctx).Reaches(accountID) {
		accountID = ""
	}
	return func(s *entsql.Selector) {
		open := entsql.Table(holding.Table)
		s.Where(entsql.In(s.C(legalentity.FieldID),
			entsql.Select(open.C(holding.FieldLegalEntityID)).From(open).Where(entsql.EQ(open.C(holding.FieldOpenKey), accountID))))
	}
}

// Accesses is the table, for [Store.FirstOfEach], of the audit's events that are
// one of some actions; unsealed leaves out what a seal in force keeps.
func Accesses(actions []string, unsealed bool) string {
	table := "(SELECT * FROM audit_events WHERE action IN ('" + strings.Join(actions, "', '") + "')"
	if unsealed {
		table += " AND (sealed_by = '' OR sealed_by NOT IN (SELECT id FROM access_seals WHERE lifted_at IS NULL))"
	}
	return table + ") AS accesses"
}

// Unsealed is the condition that an event of the audit isn't kept by a seal in
// force (5.12, 6.2).
func Unsealed() predicate.AuditEvent {
	return func(s *entsql.Selector) {
		seals := entsql.Table(accessseal.Table)
		s.Where(entsql.Or(entsql.EQ(s.C(auditevent.FieldSealedBy), ""), entsql.NotIn(s.C(auditevent.FieldSealedBy),
			entsql.Select(seals.C(accessseal.FieldID)).From(seals).Where(entsql.IsNull(seals.C(accessseal.FieldLiftedAt))))))
	}
}

// CustomerEntries is the table, for [Store.FirstOfEach], of the ledger's entries
// that a customer sees.
const CustomerEntries = "(SELECT * FROM ledger_entries WHERE customer_side = TRUE) AS customer_entries"
