package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Order is a purchase. It keeps the content and price at which it was placed
// (2.1).
type Order struct{ ent.Schema }

// Mixin of the entity.
func (Order) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "ordr"}, tenant{}} }

// Annotations of the entity.
func (Order) Annotations() []schema.Annotation { return []schema.Annotation{Owner("order")} }

// Fields of the entity.
func (Order) Fields() []ent.Field {
	return []ent.Field{
		word("number", "Number that people quote.", unique, fixed),
		enum("status", "State of the order.", "FULFILLED", "CANCELLED"),
		ref("plan_id", "The plan that was ordered.", fixed),
		number("plan_version", "Version of the plan when it was ordered.", fixed, column("plan_revision")),
		ref("application_id", "The application for which it was placed.", fixed),
		ref("service_id", "The service that it opened.", fixed),
		word("term_unit", "MONTH or YEAR; empty if metered.", fixed),
		number("term_count", "Number of units of the term; 0 if metered.", fixed),
		number("total_minor", "Total cost.", fixed),
		number("paid_cash_minor", "Part of the total paid in cash.", fixed),
		number("paid_bonus_minor", "Part of the total paid from bonus.", fixed),
		currency(),
		name("provider_body", "Contracting body (2.2).", fixed),
		field.JSON("provider_bodies", []string{}).Optional().Immutable().Comment("All contracting bodies; if empty, only provider_body (2.2)."),
		name("partner", "Partner that provides the product, if any (2.2).", optional, fixed),
		word("provision", "How the product is provided: BY_PROVIDER, JOINTLY, WITH_PARTNER or RESOLD; null means BY_PROVIDER (2.2).", fixed, optional),
		flag("free", "Free or trial (9.8).", fixed),
		word("placed_by", "Id of the person or key, or name of the system.", fixed),
		at("placed_at", "Time at which it was placed.", fixed),
	}
}

// Indexes of the entity.
func (Order) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "placed_at", "id"),
	}
}
