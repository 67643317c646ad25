package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Group is a set of employees who hold its grants (1.5).
type Group struct{ ent.Schema }

// Mixin of the entity.
func (Group) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "grup"}, tenant{}} }

// Annotations of the entity.
func (Group) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (Group) Fields() []ent.Field {
	return []ent.Field{
		name("name", "Name of the group."),
		word("name_key", "Hash of the folded name, so that a name is used once on an account."),
		at("created_at", "Time at which it was created.", fixed),
	}
}

// Indexes of the entity.
func (Group) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "name_key").Unique(),
		index.Fields("account_id", "created_at", "id"),
	}
}
