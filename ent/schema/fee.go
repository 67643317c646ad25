package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Fee is what was paid for an order or a bill in cash, and how much of it is
// invoiced or refunded (3.9).
type Fee struct{ ent.Schema }

// Mixin of the entity.
func (Fee) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "feeo"}, tenant{}} }

// Annotations of the entity.
func (Fee) Annotations() []schema.Annotation { return []schema.Annotation{Owner("ledger")} }

// Fields of the entity.
func (Fee) Fields() []ent.Field {
	return []ent.Field{
		ref("subject_id", "The order or bill.", fixed, unique),
		number("paid_minor", "Paid in cash so far."),
		number("invoiced_minor", "Of that, invoiced; paid - invoiced - refunded never falls below 0.", zero),
		number("refunded_minor", "Of that, refunded.", zero),
		currency(),
		at("paid_at", "When first paid.", fixed),
	}
}

// Indexes of the entity.
func (Fee) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "paid_at", "id"),
	}
}
