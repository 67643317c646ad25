package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Role is a named set of permissions. The built-in roles are global rows with
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
		word("code", "Stable code of the role."),
		name("name", "Name of a custom role; a built-in role has its code as its name."),
		name("description", "What a custom role is for; empty if nobody wrote it.", blank),
		number("version", "Grows with each change of a custom role; RoleVersion keeps each.", one),
		flag("built_in", "Whether it is a role of policy.csv.", fixed),
		field.JSON("permissions", []string{}).Comment("Permissions of a custom role; a built-in role has those of policy.csv."),
	}
}

// Indexes of the entity.
func (Role) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "code").Unique(),
	}
}
