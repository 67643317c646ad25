// Package audit searches what was done (1.2). The events are written by command.
package audit

import (
	"time"

	"portico/ent/db"
	"portico/ent/db/auditevent"
)

// Event is an audit event, as it is shown to an account's administrators and
// auditors.
type Event struct{ *db.AuditEvent }

// Filter says which events are wanted: those that match everything that is set.
type Filter struct {
	// Done by this person, key or job.
	ActorID *string `json:"actorId"`
	// This operation.
	Action *string `json:"action"`
	// On this object.
	ObjectID *string `json:"objectId"`
	// With this result.
	Result *auditevent.Result `json:"result"`
	// Not before From, before To.
	From *time.Time `json:"from"`
	To   *time.Time `json:"to"`
}
