package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// AuditSeal is the seal of the audit events that happened in one hour on one
// account (1.2). It is append-only, and each one includes the digest of the
// account's seal before.
type AuditSeal struct{ ent.Schema }

// Mixin of the entity.
func (AuditSeal) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "asel"}} }

// Annotations of the entity.
func (AuditSeal) Annotations() []schema.Annotation { return []schema.Annotation{Owner("audit")} }

// Fields of the entity.
func (AuditSeal) Fields() []ent.Field {
	return []ent.Field{
		word("account_id", "The account; empty for the chain of what belongs to no account.", fixed),
		number("number", "Place among the seals of the account, from 1.", fixed),
		at("from_at", "Time of its first event.", fixed),
		at("to_at", "Time of its last event.", fixed),
		at("until_at", "End of the hour that it seals.", fixed),
		number("events", "Number of events.", fixed),
		number("last", "Place of its last event in the account's chain, from 1.", fixed),
		word("previous", "Digest of the account's seal before; empty for the first.", fixed),
		word("head", "Chain value of its last event.", fixed),
		word("digest", "SHA-256 of all other fields but the id.", fixed),
		at("sealed_at", "Time at which it was made.", fixed),
	}
}

// Indexes of the entity.
func (AuditSeal) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "number").Unique(),
		index.Fields("account_id", "number", "id"),
		index.Fields("until_at"),
	}
}
