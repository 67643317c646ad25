package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/predicate"
	"portico/portal/access/staff"
)

// Change is a value that a command changed, before and after. Personal data is
// masked.
type Change = ent.Change

// Stated returns what the command states about itself.
func (e *Event) Stated() (map[string]any, error) {
	details := map[string]any{}
	if err := json.Unmarshal([]byte(e.Details), &details); err != nil {
		return nil, fmt.Errorf("audit: details of %s: %w", e.ID, err)
	}
	return details, nil
}

// Changed returns the values that the command changed.
func (e *Event) Changed() ([]*Change, error) {
	list := []*Change{}
	if e.AuditEvent.Changes == nil {
		return list, nil
	}
	if err := json.Unmarshal([]byte(*e.AuditEvent.Changes), &list); err != nil {
		return nil, fmt.Errorf("audit: changes of %s: %w", e.ID, err)
	}
	return list, nil
}

// Oversees reports whether the context's principal reads the audit on the provider's
// behalf.
func Oversees(ctx context.Context) bool { return authz.From(ctx).Operator.Has(authz.AuditRead) }

// apiKeyPrefix begins the ids of API keys.
const apiKeyPrefix = "apik_"

// byAPIKey reports whether an event was done by a program of the customer.
func byAPIKey(e *db.AuditEvent) bool {
	return e.ActorKind == auditevent.ActorKindKEY && strings.HasPrefix(e.ActorID, apiKeyPrefix)
}

// OfProvider reports whether an event was done for the provider: by a service key,
// or by a person in an operator's role.
func (e *Event) OfProvider() bool {
	return e.ActorKind == auditevent.ActorKindKEY && !byAPIKey(e.AuditEvent) || slices.ContainsFunc(strings.Split(e.ActingAs, ","),
		func(role string) bool { return slices.Contains(staff.OperatorRoles, role) })
}

// notOfProvider is the condition that an event wasn't done for the provider. An
// operator's roles come first among those in which it acted.
func notOfProvider() predicate.AuditEvent {
	where := []predicate.AuditEvent{auditevent.Or(auditevent.ActorKindNEQ(auditevent.ActorKindKEY), auditevent.ActorIDHasPrefix(apiKeyPrefix)), auditevent.ActingAsNotIn(staff.OperatorRoles...)}
	for _, role := range staff.OperatorRoles {
		where = append(where, auditevent.Not(auditevent.ActingAsHasPrefix(role+",")))
	}
	return auditevent.And(where...)
}

// Address returns the IP address that an event came from; nil for the system. The
// addresses of the provider's people and programs are shown to the provider only.
func (e *Event) Address(ctx context.Context) *string {
	if e.OfProvider() && !Oversees(ctx) || e.IPAddress == "-" || e.IPAddress == "" {
		return nil
	}
	return &e.IPAddress
}

// ShowsActor reports whether the context's principal may see who did an event: a job, an
// API key of the account, a colleague, itself, and for the provider everybody. Colleague is true if the actor
// works, or worked, on the account.
func ShowsActor(ctx context.Context, e *db.AuditEvent, colleague bool) bool {
	switch e.ActorKind {
	case auditevent.ActorKindSYSTEM:
		return true
	case auditevent.ActorKindPERSON:
		return Oversees(ctx) || colleague || e.ActorID == authz.From(ctx).ID
	case auditevent.ActorKindKEY:
		return Oversees(ctx) || byAPIKey(e)
	}
	return false
}
