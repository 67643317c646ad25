package statement

import (
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/accessseal"
	"portico/ent/db/auditevent"
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
			e.Agent, e.CorrelationID, e.SealedBy, e.Details, e.OnceKey, e.Count, e.LastAt}}.insertOrCount(tx)
}

// CountVisit counts one more command of a subject in an hour (5.4). Only the
// unit that counts visits may call it. The rows belong to no account.
func CountVisit(tx *ent.Tx, subject string, hour time.Time) error {
	return counted{table: visitortally.Table, key: visitortally.FieldSubject, count: visitortally.FieldCount,
		columns: []string{visitortally.FieldID, visitortally.FieldSubject, visitortally.FieldHour, visitortally.FieldCount},
		values:  []any{visitortally.DefaultID(), subject, hour, 1}}.insertOrCount(tx)
}
