package ledger

import (
	"context"
	"encoding/json"

	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/money"
)

// Told is what the audit tells of a command: its details. Of what an older
// release did some are missing; then there is nothing to compare with.
type Told map[string]any

// ToldOf reads what the audit tells of a command on each of some rows. One query;
// for rules of other units.
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

// Differs reports whether the audit tells something else by a name than what is.
func (t Told) Differs(name, is string) bool {
	told, known := t[name]
	return known && told != is
}

// DiffersFrom reports whether the audit tells another amount than what is.
func (t Told) DiffersFrom(minor int64, currency string) bool {
	c := money.Currency(currency)
	return !c.Known() || t.Differs("amount", money.New(minor, c).String()) || t.Differs("currency", currency)
}
