// Package audit searches the audit events of an account, and seals them (1.2);
// command writes them.
package audit

import (
	"time"

	"portico/ent/db"
	"portico/ent/db/auditevent"
)

// Event is an audit event, as an account's administrators and auditors see it.
type Event struct{ *db.AuditEvent }

// Filter selects the events that match everything that is set.
type Filter struct {
	// Done by this person, key or job.
	ActorID *string `json:"actorId"`
	// This operation.
	Action *string `json:"action"`
	// On this object.
	ObjectID *string `json:"objectId"`
	// With this result.
	Result *auditevent.Result `json:"result"`
	// Refused by this clause.
	Clause *string `json:"clause,omitempty"`
	// From this IP address.
	IPAddress *string `json:"ipAddress,omitempty"`
	// Not before From, before To.
	From *time.Time `json:"from"`
	To   *time.Time `json:"to"`
}
