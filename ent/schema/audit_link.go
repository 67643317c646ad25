package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// AuditLink is the place of a sealed audit event in the chain of its account
// (1.2). Its id is the event's, so that an event is sealed once, and one that was
// removed can still be named. It is append-only.
type AuditLink struct{ ent.Schema }

// Mixin of the entity.
func (AuditLink) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "alnk"}} }

// Annotations of the entity.
func (AuditLink) Annotations() []schema.Annotation { return []schema.Annotation{Owner("audit")} }

// Fields of the entity.
func (AuditLink) Fields() []ent.Field {
	return []ent.Field{
		word("account_id", "The account of the chain; empty for the chain of what belongs to no account.", fixed),
		number("position", "Place in the chain, from 1, without gaps.", fixed),
		ref("seal_id", "The seal that includes it.", fixed),
		word("value", "Chain value: SHA-256 of the value before and of the event.", fixed),
	}
}

// Indexes of the entity.
func (AuditLink) Indexes() []ent.Index {
	return []ent.Index{index.Fields("account_id", "position").Unique()}
}
