package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Order is a purchase at the content and price it was placed at (2.1).
type Order struct{ ent.Schema }

// Mixin of the entity.
func (Order) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "ordr"}, tenant{}} }

// Annotations of the entity.
func (Order) Annotations() []schema.Annotation { return []schema.Annotation{Owner("order")} }

// Fields of the entity.
func (Order) Fields() []ent.Field {
	return []ent.Field{
		word("number", "The number that people quote.", unique, fixed),
		enum("status", "Where it stands.", "FULFILLED", "CANCELLED"),
		ref("plan_id", "What was ordered.", fixed),
		number("plan_version", "Version of the plan that it was placed at.", fixed, column("plan_revision")),
		ref("application_id", "For which application.", fixed),
		ref("service_id", "The service that it opened.", fixed),
		word("term_unit", "MONTH or YEAR; empty if metered.", fixed),
		number("term_count", "How many; 0 if metered.", fixed),
		number("total_minor", "What it cost.", fixed),
		number("paid_cash_minor", "Of that, in cash.", fixed),
		number("paid_bonus_minor", "Of that, in bonus.", fixed),
		currency(),
		name("provider_body", "The contracting body (2.2).", fixed),
		field.JSON("provider_bodies", []string{}).Optional().Immutable().Comment("All contracting bodies; empty is provider_body alone (2.2)."),
		name("partner", "The partner, if one provides it (2.2).", optional, fixed),
		word("provision", "How it is provided: BY_PROVIDER, JOINTLY, WITH_PARTNER or RESOLD; none is BY_PROVIDER (2.2).", fixed, optional),
		flag("free", "Free or trial (9.8).", fixed),
		word("placed_by", "Person, key or system.", fixed),
		at("placed_at", "When.", fixed),
	}
}

// Indexes of the entity.
func (Order) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "placed_at", "id"),
	}
}
