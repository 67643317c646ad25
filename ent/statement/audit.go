package statement

import (
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/accessseal"
	"portico/ent/db/auditevent"
	"portico/ent/db/auditlink"
	"portico/ent/db/predicate"
	"portico/ent/db/visitortally"
)

// Accesses returns a table, for [Lists.FirstOfEach], of the audit events with
// one of the given actions. With unsealed it leaves out events that a seal in
// force hides.
func Accesses(actions []string, unsealed bool) string {
	table := "(SELECT * FROM audit_events WHERE action IN ('" + strings.Join(actions, "', '") + "')"
	if unsealed {
		table += " AND (sealed_by = '' OR sealed_by NOT IN (SELECT id FROM access_seals WHERE lifted_at IS NULL))"
	}
	return table + ") AS accesses"
}

// Unsealed returns the condition that no seal in force hides an audit event
// (5.12, 6.2).
func Unsealed() predicate.AuditEvent {
	return func(s *entsql.Selector) {
		seals := entsql.Table(accessseal.Table)
		s.Where(entsql.Or(entsql.EQ(s.C(auditevent.FieldSealedBy), ""), entsql.NotIn(s.C(auditevent.FieldSealedBy),
			entsql.Select(seals.C(accessseal.FieldID)).From(seals).Where(entsql.IsNull(seals.C(accessseal.FieldLiftedAt))))))
	}
}

// CountEvent inserts an audit event that has a once_key. If an event with that
// key exists, it counts the new one in it and sets last_at to that of the new
// one (5.4). Only the unit that writes the audit may call it. An event belongs
// to the account that it names, whoever acts.
func CountEvent(tx *ent.Tx, e *db.AuditEvent) error {
	if e.ID == "" {
		e.ID = auditevent.DefaultID()
	}
	return counted{table: auditevent.Table, key: auditevent.FieldOnceKey, count: auditevent.FieldCount, columns: auditevent.Columns,
		also: []string{auditevent.FieldLastAt},
		values: []any{e.ID, e.AccountID, e.At, e.ActorKind, e.ActorID, e.ActingAs, e.Action, e.ObjectID, e.Result, e.Code, e.Clause, e.IPAddress,
			e.Agent, e.CorrelationID, e.SealedBy, e.Details, e.Changes, e.OnceKey, e.Count, e.LastAt}}.insertOrCount(tx)
}

// CountVisit counts one more command of a subject in an hour (5.4). Only the
// unit that counts visits may call it. The rows belong to no account.
func CountVisit(tx *ent.Tx, subject string, hour time.Time) error {
	return counted{table: visitortally.Table, key: visitortally.FieldSubject, count: visitortally.FieldCount,
		columns: []string{visitortally.FieldID, visitortally.FieldSubject, visitortally.FieldHour, visitortally.FieldCount},
		values:  []any{visitortally.DefaultID(), subject, hour, 1}}.insertOrCount(tx)
}

// chainOf is the account of the chain that an audit event is sealed in: its own, or
// none for an access under clause 5.12, which the account may not know of.
const chainOf = "CASE WHEN `audit_events`.`sealed_by` = '' THEN `audit_events`.`account_id` ELSE '' END"

// Unchained returns the condition that an audit event isn't sealed yet. Counted
// refusals of strangers never are: they change while they are counted.
func Unchained() predicate.AuditEvent {
	return func(s *entsql.Selector) {
		links := entsql.Table(auditlink.Table)
		s.Where(entsql.And(entsql.IsNull(s.C(auditevent.FieldOnceKey)), entsql.Not(entsql.Exists(
			entsql.Select(links.C(auditlink.FieldID)).From(links).Where(entsql.ColumnsEQ(links.C(auditlink.FieldID), s.C(auditevent.FieldID)))))))
	}
}

// ByChain orders audit events by the chain that they are sealed in, and then by time.
func ByChain() auditevent.OrderOption {
	return func(s *entsql.Selector) {
		s.OrderExpr(entsql.Raw(chainOf), entsql.Raw(s.C(auditevent.FieldAt)), entsql.Raw(s.C(auditevent.FieldID)))
	}
}

// LastSeals reads the last seal of each of the given accounts, in one statement. Only
// the system may call it.
func LastSeals(tx *ent.Tx, accounts []string) (map[string]*db.AuditSeal, error) {
	if !bySystem(tx) {
		return nil, errNotSystem
	}
	last := make(map[string]*db.AuditSeal, len(accounts))
	if len(accounts) == 0 {
		return last, nil
	}
	rows, err := tx.QueryContext(tx, "SELECT s.id, s.account_id, s.number, s.last, s.head, s.digest, s.until_at FROM (SELECT DISTINCT account_id FROM audit_seals WHERE account_id"+
		listOf(len(accounts))+") a JOIN audit_seals s ON s.account_id = a.account_id AND s.number = (SELECT MAX(t.number) FROM audit_seals t WHERE t.account_id = a.account_id)", values(accounts)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s db.AuditSeal
		if err := rows.Scan(&s.ID, &s.AccountID, &s.Number, &s.Last, &s.Head, &s.Digest, &s.UntilAt); err != nil {
			return nil, err
		}
		last[s.AccountID] = &s
	}
	return last, rows.Err()
}
