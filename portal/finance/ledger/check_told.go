package ledger

import (
	"context"
	"encoding/json"

	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/money"
)

// Told holds the details of a command in the audit. Older releases recorded fewer
// details; missing ones aren't compared.
type Told map[string]any

// ToldOf reads the details in the audit of a command on each of some rows, in one
// query. Rules of other units use it.
func ToldOf(ctx context.Context, c *db.Client, command string, ids []string) (map[string]Told, error) {
	events, err := c.AuditEvent.Query().Where(auditevent.ObjectIDIn(ids...), auditevent.Action(command), auditevent.ResultEQ(auditevent.ResultDONE)).
		Order(db.Asc(auditevent.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	all := make(map[string]Told, len(events))
	for _, e := range events {
		var t Told
		if json.Unmarshal([]byte(e.Details), &t) == nil {
			all[e.ObjectID] = t
		}
	}
	return all, nil
}

// Differs reports whether a detail in the audit differs from a value.
func (t Told) Differs(name, is string) bool {
	value, known := t[name]
	return known && value != is
}

// DiffersFrom reports whether the amount in the audit differs from an amount.
func (t Told) DiffersFrom(minor int64, currency string) bool {
	c := money.Currency(currency)
	return !c.Known() || t.Differs("amount", money.New(minor, c).String()) || t.Differs("currency", currency)
}
