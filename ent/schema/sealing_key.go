package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// SealingKey is a key of the keyset with which personal data of this database
// is sealed (5.7). A server without one of these keys refuses to start.
type SealingKey struct{ ent.Schema }

// Mixin of the entity.
func (SealingKey) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "slky"}} }

// Annotations of the entity.
func (SealingKey) Annotations() []schema.Annotation { return []schema.Annotation{Owner("sealing")} }

// Fields of the entity.
func (SealingKey) Fields() []ent.Field {
	return []ent.Field{
		number("key_id", "Id of the key in the keyset.", fixed, unique),
		at("created_at", "Time at which it was first seen in use (wall time).", fixed),
	}
}
