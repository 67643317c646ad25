package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Grant gives an employee a role, for the account or for named applications
// (1.5).
type Grant struct{ ent.Schema }

// Mixin of the entity.
func (Grant) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "grnt"}, tenant{}} }

// Annotations of the entity.
func (Grant) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (Grant) Fields() []ent.Field {
	return []ent.Field{
		ref("employee_id", "To whom.", fixed),
		ref("role_id", "Which role.", fixed),
		field.JSON("application_ids", []string{}).Optional().Comment("The applications that it is limited to; none means the account."),
		at("expires_at", "When it ends by itself.", optional),
		number("spending_limit", "The most that one order may cost under this grant, in minor units of the account's currency.", optional),
		number("step_up_minutes", "How fresh a second factor must be.", optional),
		ref("granted_by", "Who gave it.", optional, fixed),
		at("granted_at", "When.", fixed),
	}
}

// Indexes of the entity.
func (Grant) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("employee_id"),
		index.Fields("account_id", "role_id"),
	}
}
