package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
)

// Operator is a person who works for the provider.
type Operator struct{ ent.Schema }

// Mixin of the entity.
func (Operator) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "oper"}} }

// Annotations of the entity.
func (Operator) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (Operator) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person.", fixed, unique),
		field.JSON("roles", []string{}).Comment("Roles of policy.csv for operators."),
		flag("active", "Whether the operator still works for the provider."),
		at("created_at", "Creation time.", fixed),
	}
}
