package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// FormerName is a name that a legal entity had until it was renamed: what was
// begun under it still matches it (1.1). Append-only.
type FormerName struct{ ent.Schema }

// Mixin of the entity.
func (FormerName) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "fnam"}} }

// Annotations of the entity.
func (FormerName) Annotations() []schema.Annotation { return []schema.Annotation{Owner("account")} }

// Fields of the entity.
func (FormerName) Fields() []ent.Field {
	return []ent.Field{
		ref("legal_entity_id", "The entity that had it.", fixed),
		name("name", "Name in the register.", fixed),
		at("until_at", "Until when it was the entity's name.", fixed),
		ref("verification_id", "The re-verification that replaced it.", fixed),
	}
}

// Indexes of the entity.
func (FormerName) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("legal_entity_id", "until_at"),
	}
}
