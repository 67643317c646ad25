package statement

import (
	"fmt"
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

// Accesses is the table, for [Lists.FirstOfEach], of the audit's events that are
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

// CountEvent writes an event of the audit that has a once_key, or counts it in the
// event that has that key, as of the new one's last_at (5.4). For the unit that
// writes the audit; an event is of the account that it names, whoever acts.
func CountEvent(tx *ent.Tx, e *db.AuditEventCreate) error {
	m := e.Mutation()
	c := counted{table: auditevent.Table, key: auditevent.FieldOnceKey, count: auditevent.FieldCount, columns: auditevent.Columns,
		also: []string{auditevent.FieldLastAt}}
	standard := map[string]any{auditevent.FieldCount: auditevent.DefaultCount, auditevent.FieldSealedBy: auditevent.DefaultSealedBy}
	for _, column := range auditevent.Columns {
		v, given := m.Field(column)
		if column == auditevent.FieldID {
			id, is := m.ID()
			if !is {
				id = auditevent.DefaultID()
			}
			v, given = id, true
		}
		if !given {
			if v, given = standard[column]; !given {
				return fmt.Errorf("statement: an event to count without %s", column)
			}
		}
		c.values = append(c.values, v)
	}
	return c.insertOrCount(tx)
}

// CountVisit counts one more command of a subject in an hour (5.4). For the unit
// that counts visits; the rows are of no account.
func CountVisit(tx *ent.Tx, subject string, hour time.Time) error {
	return counted{table: visitortally.Table, key: visitortally.FieldSubject, count: visitortally.FieldCount,
		columns: []string{visitortally.FieldID, visitortally.FieldSubject, visitortally.FieldHour, visitortally.FieldCount},
		values:  []any{visitortally.DefaultID(), subject, hour, 1}}.insertOrCount(tx)
}
