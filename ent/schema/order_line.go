package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// OrderLine is one line of an order.
type OrderLine struct{ ent.Schema }

// Mixin of the entity.
func (OrderLine) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "ordl"}, tenant{}} }

// Annotations of the entity.
func (OrderLine) Annotations() []schema.Annotation { return []schema.Annotation{Owner("order")} }

// Fields of the entity.
func (OrderLine) Fields() []ent.Field {
	return []ent.Field{
		ref("order_id", "The order.", fixed),
		number("position", "Position in the order, from 0.", fixed),
		name("description_zh", "Description in Chinese.", fixed),
		name("description_en", "Description in English.", fixed),
		decimal("quantity", "Quantity.", fixed),
		decimal("unit_price", "Price of one unit.", fixed),
		number("amount_minor", "Amount of the line, rounded once.", fixed),
		currency(),
	}
}

// Indexes of the entity.
func (OrderLine) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "order_id", "position").Unique(),
	}
}
