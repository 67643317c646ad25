package audit

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"portico/ent/db/auditevent"
	"portico/ent/db/predicate"
	"portico/portal/kernel/command"
)

// systemPrefix begins the id under which the API shows a job or a command line.
const systemPrefix = "sys_"

// Where returns the conditions of a filter; nil matches all events. Views by
// operators are left out: they are listed as accesses (6.2).
func (f *Filter) Where() []predicate.AuditEvent {
	where := []predicate.AuditEvent{auditevent.ActionNotIn(command.Openings()...)}
	if f == nil {
		return where
	}
	if f.ActorID != nil {
		if name, ok := strings.CutPrefix(*f.ActorID, systemPrefix); ok {
			where = append(where, auditevent.ActorKindEQ(auditevent.ActorKindSYSTEM), auditevent.ActorID(name))
		} else {
			where = append(where, auditevent.ActorID(*f.ActorID), auditevent.ActorKindNEQ(auditevent.ActorKindSYSTEM))
		}
	}
	if f.Action != nil {
		where = append(where, auditevent.Action(*f.Action))
	}
	if f.ObjectID != nil {
		where = append(where, auditevent.ObjectID(*f.ObjectID))
	}
	if f.Result != nil {
		where = append(where, auditevent.ResultEQ(*f.Result))
	}
	if f.From != nil {
		where = append(where, auditevent.AtGTE(whole(*f.From)))
	}
	if f.To != nil {
		where = append(where, auditevent.AtLT(whole(*f.To)))
	}
	return where
}

// whole rounds an instant up to microseconds, in which events are stored.
func whole(t time.Time) time.Time {
	t = t.UTC()
	if cut := t.Truncate(time.Microsecond); cut.Before(t) {
		return cut.Add(time.Microsecond)
	}
	return t
}

// Key identifies the filter: a cursor is valid only with the filter it was made
// with.
func (f *Filter) Key() string {
	if f == nil {
		f = &Filter{}
	}
	b, _ := json.Marshal(f) // strings and times always marshal
	return string(b)
}

// Changed returns what the event records of the change, old values included.
func (e *Event) Changed() (map[string]any, error) {
	details := map[string]any{}
	if err := json.Unmarshal([]byte(e.Details), &details); err != nil {
		return nil, fmt.Errorf("audit: details of %s: %w", e.ID, err)
	}
	return details, nil
}
