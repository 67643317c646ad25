package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Role is a named set of permissions; the built-in ones are global rows with
// fixed ids.
type Role struct{ ent.Schema }

// Mixin of the entity.
func (Role) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "role"}} }

// Annotations of the entity.
func (Role) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (Role) Fields() []ent.Field {
	return []ent.Field{
		word("account_id", "The account of a custom role; empty for a built-in one.", fixed),
		word("code", "Stable code."),
		name("name", "Name of a custom role; a built-in one is named by its code."),
		flag("built_in", "Whether it is one of policy.csv.", fixed),
		field.JSON("permissions", []string{}).Comment("Permissions of a custom role; a built-in one has those of policy.csv."),
	}
}

// Indexes of the entity.
func (Role) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "code").Unique(),
	}
}
