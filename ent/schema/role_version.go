package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// RoleVersion keeps what a custom role was from one time on (1.5). It is
// append-only.
type RoleVersion struct{ ent.Schema }

// Mixin of the entity.
func (RoleVersion) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "rver"}, tenant{}} }

// Annotations of the entity.
func (RoleVersion) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (RoleVersion) Fields() []ent.Field {
	return []ent.Field{
		ref("role_id", "The role.", fixed),
		number("version", "The number of the version, from 1.", fixed),
		name("name", "Name of the role in this version.", fixed),
		name("description", "Description of the role in this version.", fixed, blank),
		field.JSON("permissions", []string{}).Immutable().Comment("Permissions of the role in this version."),
		ref("saved_by", "The employee who saved it; null if Portico did.", optional, fixed),
		at("saved_at", "Time at which it was saved.", fixed),
	}
}

// Indexes of the entity.
func (RoleVersion) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("role_id", "version").Unique(),
	}
}
