package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Price is the price of a plan from a certain date on. It is append-only (3.1).
type Price struct{ ent.Schema }

// Mixin of the entity.
func (Price) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "pric"}} }

// Annotations of the entity.
func (Price) Annotations() []schema.Annotation { return []schema.Annotation{Owner("catalog")} }

// Fields of the entity.
func (Price) Fields() []ent.Field {
	return []ent.Field{
		ref("plan_id", "The plan.", fixed),
		word("metric", "The metric that is charged; empty for a prepaid term.", fixed),
		decimal("per", "Number of units to which the unit price applies; 1 for a term.", fixed),
		word("term_unit", "Unit of a prepaid term, MONTH or YEAR; empty for a metered price.", fixed),
		number("term_count", "Number of terms to which the price applies; 0 for a metered price.", fixed),
		decimal("unit_price", "Price of per units, or of one term.", fixed),
		currency(),
		at("effective_from", "Time from which it applies.", fixed),
	}
}

// Indexes of the entity.
func (Price) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("plan_id", "metric", "term_unit", "term_count", "effective_from").Unique(),
	}
}
