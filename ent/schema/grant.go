package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Grant gives an employee, or all members of a group, a role, for the account or
// for certain applications (1.5).
type Grant struct{ ent.Schema }

// Mixin of the entity.
func (Grant) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "grnt"}, tenant{}} }

// Annotations of the entity.
func (Grant) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (Grant) Fields() []ent.Field {
	return []ent.Field{
		ref("employee_id", "The employee or the group that holds it; the id names the type.", fixed),
		ref("role_id", "The role.", fixed),
		field.JSON("application_ids", []string{}).Optional().Comment("The applications to which it is limited; if empty, it applies to the account."),
		at("expires_at", "Time at which it ends.", optional),
		number("spending_limit", "Highest cost of one order under this grant, in minor units of the account's currency.", optional),
		number("monthly_limit", "Highest cost of all orders of one month under this grant, in minor units of the account's currency. The members of a group share it.", optional),
		number("step_up_minutes", "Longest permitted time since the last second factor, in minutes.", optional),
		ref("granted_by", "The employee who gave it, last if several did.", optional),
		at("granted_at", "Time at which it was given, last if several times."),
		number("version", "Grows with each change of its bounds.", zero),
		at("used_at", "Last day on which a decision rested on it, as its first such instant; null if none did.", optional),
		at("idle_since", "Time of its last use, or else since when it isn't used; null for one that a server of an earlier release gave, until the next start.", optional),
	}
}

// Indexes of the entity.
func (Grant) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("employee_id"),
		index.Fields("account_id", "role_id", "employee_id"),
		index.Fields("account_id", "idle_since", "id"),
	}
}
