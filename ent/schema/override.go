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
		word("value", "Its value in the figure's own notation; of a price, the unit price.", fixed),
		ref("plan_id", "The plan that a price is of; empty for a figure.", fixed, blank),
		word("metric", "The metric that a price is for; empty for a term, and for a figure.", fixed, blank),
		word("term_unit", "MONTH or YEAR of the term that a price is for, else empty.", fixed, blank),
		number("term_count", "Units of that term, else 0.", fixed, zero),
		decimal("per", "The unit price is for so many units; empty for a figure.", fixed, blank),
		word("agreement", "Number of the signed agreement.", fixed),
		at("from_at", "From when.", fixed),
		at("until_at", "Until when, if it ends.", optional),
		ref("recorded_by", "Operator.", fixed),
		at("recorded_at", "When.", fixed),
	}
}

// Indexes of the entity.
func (Override) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "figure", "from_at"),
		index.Fields("account_id", "plan_id", "from_at"),
	}
}
