package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// Declaration is a statement that the agreement requires. It is kept for ever
// (1.2, 8).
type Declaration struct{ ent.Schema }

// Mixin of the entity.
func (Declaration) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "decl"}, tenant{}} }

// Annotations of the entity.
func (Declaration) Annotations() []schema.Annotation { return []schema.Annotation{Owner("account")} }

// Fields of the entity.
func (Declaration) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person who made the declaration.", fixed),
		enum("kind", "Kind of the declaration.", "CAPACITY", "EXPORT_CONTROL", "DOCUMENTATION", "TERMS"),
		ref("subject_id", "The object that the declaration is about, if it is about one.", optional, fixed),
		at("declared_at", "Time of the declaration.", fixed),
		word("address", "Network address of the request.", fixed),
		text("agent", "User agent of the request.", fixed),
	}
}
