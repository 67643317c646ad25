package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Price is what a plan costs from a date on; append-only (3.1).
type Price struct{ ent.Schema }

// Mixin of the entity.
func (Price) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "pric"}} }

// Annotations of the entity.
func (Price) Annotations() []schema.Annotation { return []schema.Annotation{Owner("catalog")} }

// Fields of the entity.
func (Price) Fields() []ent.Field {
	return []ent.Field{
		ref("plan_id", "The plan.", fixed),
		word("metric", "What is measured; empty for a prepaid term.", fixed),
		decimal("per", "The unit price is for so many units; 1 for a term.", fixed),
		word("term_unit", "MONTH or YEAR of a prepaid price; empty for a metered one.", fixed),
		number("term_count", "Terms that the price is for; 0 for a metered one.", fixed),
		decimal("unit_price", "Price of per units, or of one term.", fixed),
		currency(),
		at("effective_from", "From when it holds.", fixed),
	}
}

// Indexes of the entity.
func (Price) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("plan_id", "metric", "term_unit", "term_count", "effective_from").Unique(),
	}
}
