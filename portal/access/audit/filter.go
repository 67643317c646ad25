package audit

import (
	"context"
	"encoding/json"
	"net/netip"
	"strings"
	"time"

	"portico/authz"
	"portico/ent/db/auditevent"
	"portico/ent/db/predicate"
	"portico/portal/kernel/command"
)

// systemPrefix begins the id under which the API shows a job or a command line.
const systemPrefix = "sys_"

// Where returns the conditions of a filter, for the context's principal; nil matches
// all events. Views by operators are left out: they are listed as accesses (6.2).
func (f *Filter) Where(ctx context.Context) []predicate.AuditEvent {
	return append([]predicate.AuditEvent{auditevent.ActionNotIn(command.Openings()...)}, f.conditions(ctx)...)
}

func (f *Filter) conditions(ctx context.Context) (where []predicate.AuditEvent) {
	if f == nil {
		return nil
	}
	if (f.ActorID != nil && *f.ActorID != authz.From(ctx).ID || f.IPAddress != nil) && !Oversees(ctx) {
		where = append(where, notOfProvider()) // who acted, and from where, isn't shown
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
	if f.Clause != nil {
		where = append(where, auditevent.Clause(*f.Clause))
	}
	if f.IPAddress != nil {
		where = append(where, auditevent.IPAddress(address(*f.IPAddress)))
	}
	if f.From != nil {
		where = append(where, auditevent.AtGTE(whole(*f.From)))
	}
	if f.To != nil {
		where = append(where, auditevent.AtLT(whole(*f.To)))
	}
	return where
}

// address returns an IP address as events hold it.
func address(s string) string {
	if a, err := netip.ParseAddr(strings.TrimSpace(s)); err == nil {
		return a.Unmap().String()
	}
	return s
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
