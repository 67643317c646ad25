package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// ActKey is an idempotency key with the first answer that was given for it.
type ActKey struct{ ent.Schema }

// Mixin of the entity.
func (ActKey) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "akey"}} }

// Annotations of the entity.
func (ActKey) Annotations() []schema.Annotation { return []schema.Annotation{Owner("command")} }

// Fields of the entity.
func (ActKey) Fields() []ent.Field {
	return []ent.Field{
		word("principal", "The principal that sent the key.", fixed),
		word("operation", "The operation that it was sent with.", fixed),
		word("key", "The key as it was sent.", fixed),
		word("input_hash", "SHA-256 of the canonical input and of upload digests.", fixed),
		text("answer", "JSON of the answer: entities as ids, plain fields, refusals as code, field and parameters.", optional),
		at("created_at", "Creation time (wall time); kept for at least 24 hours.", fixed),
	}
}

// Indexes of the entity.
func (ActKey) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("principal", "operation", "key").Unique(),
		index.Fields("created_at"),
	}
}
