package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// SessionPolicy limits the sessions of the employees of one account more than
// the agreement does (1.4), and names those who need a second factor (1.5). An
// account without a row has the agreement's limits, and requires no factor.
type SessionPolicy struct{ ent.Schema }

// Mixin of the entity.
func (SessionPolicy) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "spol"}, tenant{}} }

// Annotations of the entity.
func (SessionPolicy) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (SessionPolicy) Fields() []ent.Field {
	return []ent.Field{
		word("policy_key", "The account's id: one policy an account.", unique, fixed),
		number("lifetime_minutes", "Time in minutes after which a session ends, however often it was refreshed; null for the agreement's.", optional),
		number("idle_minutes", "Time in minutes without a refresh after which a session ends; null for the agreement's.", optional),
		word("factor_scope", "Who needs a second factor: NAMED_ROLES or EVERYONE; null for nobody.", optional),
		text("factor_roles", "Ids of the roles with which a person needs a second factor, as JSON; null unless the scope is NAMED_ROLES.", optional),
		number("version", "Grows with each change; the condition of the next.", zero),
		at("set_at", "Time of the last change."),
	}
}
