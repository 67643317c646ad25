package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// BillLine is one line of a bill: a metric of one service at one price. It is
// rounded once (3.4).
type BillLine struct{ ent.Schema }

// Mixin of the entity.
func (BillLine) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "bilt"}, tenant{}} }

// Annotations of the entity.
func (BillLine) Annotations() []schema.Annotation { return []schema.Annotation{Owner("billing")} }

// Fields of the entity.
func (BillLine) Fields() []ent.Field {
	return []ent.Field{
		ref("bill_id", "The bill.", fixed),
		number("position", "Position in the bill.", fixed),
		ref("application_id", "The application in which it was used.", fixed),
		ref("service_id", "The service that was used.", fixed),
		word("metric", "The metric that was used.", fixed),
		name("plan_name_zh", "Name of the plan when the bill was made, in Chinese; null if an older release made the bill.", optional, fixed),
		name("plan_name_en", "Name of the plan when the bill was made, in English; null if an older release made the bill.", optional, fixed),
		decimal("quantity", "Quantity used.", fixed),
		decimal("unit_price", "Price of per units, as listed at the time of use (3.3).", fixed),
		decimal("per", "Number of units to which the unit price applies.", fixed),
		at("adjusts_from", "First instant of the earlier period to which late usage in this line belongs; null for the bill's own period.", optional, fixed),
		at("adjusts_to", "First instant after that period.", optional, fixed),
		number("amount_minor", "quantity / per x unit_price, rounded once, half to even.", fixed),
		currency(),
	}
}

// Indexes of the entity.
func (BillLine) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("bill_id", "position"),
	}
}
