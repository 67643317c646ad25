package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// OrderLine is one position of an order.
type OrderLine struct{ ent.Schema }

// Mixin of the entity.
func (OrderLine) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "ordl"}, tenant{}} }

// Annotations of the entity.
func (OrderLine) Annotations() []schema.Annotation { return []schema.Annotation{Owner("order")} }

// Fields of the entity.
func (OrderLine) Fields() []ent.Field {
	return []ent.Field{
		ref("order_id", "The order.", fixed),
		number("position", "From 0.", fixed),
		name("description_zh", "In Chinese.", fixed),
		name("description_en", "In English.", fixed),
		decimal("quantity", "How many.", fixed),
		decimal("unit_price", "Price of one.", fixed),
		number("amount_minor", "Rounded once.", fixed),
		currency(),
	}
}

// Indexes of the entity.
func (OrderLine) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "order_id", "position").Unique(),
	}
}
