package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Override is a figure or a price that a signed agreement sets for one account
// (13.3).
type Override struct{ ent.Schema }

// Mixin of the entity.
func (Override) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "ovrd"}, tenant{}} }

// Annotations of the entity.
func (Override) Annotations() []schema.Annotation { return []schema.Annotation{Owner("agreement")} }

// Fields of the entity.
func (Override) Fields() []ent.Field {
	return []ent.Field{
		word("figure", "Name of the figure, or of the price: price.PLAN.METRIC, price.PLAN.UNIT.COUNT.", fixed),
		word("value", "Value in the figure's notation; for a price, the unit price.", fixed),
		ref("plan_id", "The plan to which a price belongs; empty for a figure.", fixed, blank),
		word("metric", "The metric to which a price applies; empty for a term and for a figure.", fixed, blank),
		word("term_unit", "Unit of the term to which a price applies, MONTH or YEAR; otherwise empty.", fixed, blank),
		number("term_count", "Number of units of that term; otherwise 0.", fixed, zero),
		decimal("per", "Number of units to which the unit price applies; empty for a figure.", fixed, blank),
		word("agreement", "Number of the signed agreement.", fixed),
		at("from_at", "Time from which it applies.", fixed),
		at("until_at", "Time until which it applies; null if it has no end.", optional),
		ref("recorded_by", "The operator who recorded it.", fixed),
		at("recorded_at", "Time at which it was recorded.", fixed),
	}
}

// Indexes of the entity.
func (Override) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "figure", "from_at"),
		index.Fields("account_id", "plan_id", "from_at"),
	}
}
