package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Membership makes an employee hold the grants of a group (1.5). Whoever has ever
// been in a group also has a row whose holder is the employee itself, so that one
// join finds all grants: COALESCE(holder_id, employee_id).
type Membership struct{ ent.Schema }

// Mixin of the entity.
func (Membership) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "memb"}, tenant{}} }

// Annotations of the entity.
func (Membership) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (Membership) Fields() []ent.Field {
	return []ent.Field{
		ref("employee_id", "The member.", fixed),
		ref("holder_id", "The group; or the employee itself, for what it holds without a group.", fixed),
		at("added_at", "Time at which the employee became a member.", fixed),
	}
}

// Indexes of the entity.
func (Membership) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("employee_id", "holder_id").Unique(),
		index.Fields("holder_id", "added_at", "id"),
		index.Fields("holder_id", "employee_id"),
	}
}
