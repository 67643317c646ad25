package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// BillLine is one position of a bill: a metric of one service at one price. It
// is rounded once (3.4).
type BillLine struct{ ent.Schema }

// Mixin of the entity.
func (BillLine) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "bilt"}, tenant{}} }

// Annotations of the entity.
func (BillLine) Annotations() []schema.Annotation { return []schema.Annotation{Owner("billing")} }

// Fields of the entity.
func (BillLine) Fields() []ent.Field {
	return []ent.Field{
		ref("bill_id", "Of which bill.", fixed),
		number("position", "Order in the bill.", fixed),
		ref("application_id", "Where it was used.", fixed),
		ref("service_id", "The service that provided it.", fixed),
		word("metric", "What was used.", fixed),
		name("plan_name_zh", "The plan's name when the bill was made, in Chinese; none of what older releases made.", optional, fixed),
		name("plan_name_en", "The plan's name when the bill was made, in English.", optional, fixed),
		decimal("quantity", "How much.", fixed),
		decimal("unit_price", "Price of per units, as listed when it was used (3.3).", fixed),
		decimal("per", "The unit price is for so many units.", fixed),
		at("adjusts_from", "First instant of the earlier period whose late usage the line is of; none for the bill's own period.", optional, fixed),
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
