package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// AuditEvent says who did what, on what, from where, with which result and
// clause (1.2). Append-only, but for the count of what strangers are refused.
type AuditEvent struct{ ent.Schema }

// Mixin of the entity.
func (AuditEvent) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "audt"}} }

// Annotations of the entity.
func (AuditEvent) Annotations() []schema.Annotation { return []schema.Annotation{Owner("command")} }

// Fields of the entity.
func (AuditEvent) Fields() []ent.Field {
	return []ent.Field{
		word("account_id", "The account concerned; empty if none.", fixed),
		at("at", "The transaction's time.", fixed),
		enum("actor_kind", "Kind of actor.", "VISITOR", "PERSON", "KEY", "SYSTEM"),
		word("actor_id", "Person, key or name of the system.", fixed),
		word("acting_as", "Roles that it acted in.", fixed),
		word("action", "The operation.", fixed),
		word("object_id", "What it was done on.", fixed),
		enum("result", "How it ended.", "DONE", "REFUSED", "FAILED"),
		word("code", "Code of the refusal.", fixed),
		word("clause", "Clause of the refusal.", fixed),
		word("ip_address", "From where.", fixed),
		text("agent", "User agent.", fixed),
		word("correlation_id", "Of the request.", fixed),
		ref("sealed_by", "The seal of 5.12 that the look was made under; empty for none.", fixed, blank),
		text("details", "JSON: what changed, old value included.", fixed),
		word("once_key", "What makes this event one: of refusals of strangers, action, code, network and hour; null for every other event.", optional, unique, fixed, secret),
		number("count", "How many times it happened; more than once only where there is a once_key.", one),
		at("last_at", "When it happened last, where there is a once_key; wall time.", optional),
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
		index.Fields("object_id"),
		index.Fields("last_at"),
	}
}
