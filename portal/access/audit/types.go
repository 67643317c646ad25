// Package audit searches the audit events of an account, and seals them (1.2);
// command writes them.
package audit

import (
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/export"
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

// ExportAuditInput is the input of exportAudit.
type ExportAuditInput struct {
	// The account whose audit events are exported.
	AccountID string `json:"accountId"`
	// The format of the file.
	Format export.Format `json:"format"`
	// The events that are exported; nil for all.
	Filter *Filter `json:"filter"`
}

// ExportAuditPayload is the answer of exportAudit.
type ExportAuditPayload struct {
	clause.Answer
	// The export that was created.
	Export *db.Export `json:"export"`
}
