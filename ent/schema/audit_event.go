package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// AuditEvent records who did what, on which object, from where, with which
// result and clause (1.2). It is append-only, except for the count of refusals
// of visitors.
type AuditEvent struct{ ent.Schema }

// Mixin of the entity.
func (AuditEvent) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "audt"}} }

// Annotations of the entity.
func (AuditEvent) Annotations() []schema.Annotation { return []schema.Annotation{Owner("command")} }

// Fields of the entity.
func (AuditEvent) Fields() []ent.Field {
	return []ent.Field{
		word("account_id", "The account concerned; empty if none.", fixed),
		at("at", "Time of the transaction.", fixed),
		enum("actor_kind", "Kind of the actor.", "VISITOR", "PERSON", "KEY", "SYSTEM"),
		word("actor_id", "Id of the person or key, or name of the system.", fixed),
		word("acting_as", "Roles in which the actor acted.", fixed),
		word("action", "Name of the operation.", fixed),
		word("object_id", "The object on which it was done.", fixed),
		enum("result", "Result of the operation.", "DONE", "REFUSED", "FAILED"),
		word("code", "Code of the refusal.", fixed),
		word("clause", "Clause of the refusal.", fixed),
		word("ip_address", "Network address of the request.", fixed),
		text("agent", "User agent of the request.", fixed),
		word("correlation_id", "Correlation id of the request.", fixed),
		ref("sealed_by", "The seal of clause 5.12 under which the access was made; empty if none.", fixed, blank),
		text("details", "JSON of what the command states about itself.", fixed),
		text("changes", "JSON of the values that the command changed, each before and after; null if it changed none. Personal data in it is masked.", optional, fixed),
		word("once_key", "For a counted refusal of a visitor, the combination of action, code, network and hour; null for every other event.", optional, unique, fixed, secret),
		number("count", "How many times it happened; more than 1 only with a once_key.", one),
		at("last_at", "Last time it happened (wall time), if there is a once_key.", optional),
	}
}

// Indexes of the entity.
func (AuditEvent) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "at", "id"),
		index.Fields("account_id", "actor_id", "at", "id"),
		index.Fields("account_id", "action", "at", "id"),
		index.Fields("account_id", "result", "at", "id"),
		index.Fields("account_id", "object_id", "at", "id"),
		index.Fields("account_id", "clause", "at", "id"),
		index.Fields("account_id", "ip_address", "at", "id"),
		index.Fields("at", "id"),
		index.Fields("object_id"),
		index.Fields("last_at"),
	}
}
