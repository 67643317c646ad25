package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// FormerPassword is the hash of a password that a person had before the present
// one. It can't be chosen again while it is among the last five (1.4).
type FormerPassword struct{ ent.Schema }

// Mixin of the entity.
func (FormerPassword) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "fpwd"}} }

// Annotations of the entity.
func (FormerPassword) Annotations() []schema.Annotation {
	return []schema.Annotation{Owner("identity")}
}

// Fields of the entity.
func (FormerPassword) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person whose password it was.", fixed),
		text("hash", "Password hash (argon2id, PHC format).", fixed, secret),
		at("replaced_at", "Time at which another password took its place (wall time).", fixed),
	}
}

// Indexes of the entity.
func (FormerPassword) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("person_id", "replaced_at", "id"),
	}
}
