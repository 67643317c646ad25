package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// FormerName is a name that a legal entity had before it was renamed. What was
// begun under that name still matches the entity (1.1). It is append-only.
type FormerName struct{ ent.Schema }

// Mixin of the entity.
func (FormerName) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "fnam"}} }

// Annotations of the entity.
func (FormerName) Annotations() []schema.Annotation { return []schema.Annotation{Owner("account")} }

// Fields of the entity.
func (FormerName) Fields() []ent.Field {
	return []ent.Field{
		ref("legal_entity_id", "The legal entity that had the name.", fixed),
		name("name", "Name in the register.", fixed),
		at("until_at", "Time until which it was the entity's name.", fixed),
		ref("verification_id", "The verification that replaced it.", fixed),
	}
}

// Indexes of the entity.
func (FormerName) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("legal_entity_id", "until_at"),
	}
}
