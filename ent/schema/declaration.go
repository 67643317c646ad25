package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// Declaration is a statement that the agreement asks for, kept for ever (1.2,
// 8).
type Declaration struct{ ent.Schema }

// Mixin of the entity.
func (Declaration) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "decl"}, tenant{}} }

// Annotations of the entity.
func (Declaration) Annotations() []schema.Annotation { return []schema.Annotation{Owner("account")} }

// Fields of the entity.
func (Declaration) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "Who declared.", fixed),
		enum("kind", "What was declared.", "CAPACITY", "EXPORT_CONTROL", "DOCUMENTATION", "TERMS"),
		ref("subject_id", "About what, where it is about one thing.", optional, fixed),
		at("declared_at", "When.", fixed),
		word("address", "Network address.", fixed),
		text("agent", "User agent.", fixed),
	}
}
