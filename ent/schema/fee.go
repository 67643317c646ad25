package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Fee is the cash paid for an order or a bill, and the parts of it that are
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
		number("paid_minor", "Amount paid in cash so far."),
		number("invoiced_minor", "Part of it that is invoiced; paid - invoiced - refunded is never below 0.", zero),
		number("refunded_minor", "Part of it that is refunded.", zero),
		currency(),
		at("paid_at", "Time of the first payment.", fixed),
	}
}

// Indexes of the entity.
func (Fee) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "paid_at", "id"),
	}
}
