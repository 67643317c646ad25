package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// PaymentEvent is something that a channel signed about a payment, as it came;
// what is told again with the same meaning is one. Append-only.
type PaymentEvent struct{ ent.Schema }

// Mixin of the entity.
func (PaymentEvent) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "pmev"}} }

// Annotations of the entity.
func (PaymentEvent) Annotations() []schema.Annotation {
	return []schema.Annotation{Owner("payment")}
}

// Fields of the entity.
func (PaymentEvent) Fields() []ent.Field {
	return []ent.Field{
		ref("payment_id", "What it is about.", fixed),
		word("meaning", "Keyed hash of all that it says.", unique, fixed, secret),
		word("words", "The channel's own words for it.", fixed),
		word("refund_number", "The channel's number of the refund that it tells.", optional, fixed),
		number("refund_minor", "How much that refund sent back; 0 where it tells none.", zero, fixed),
		currency(),
		word("digest", "SHA-256 of what was signed.", fixed),
		with(field.Bytes("signed").MaxLen(8<<20), "What was signed, as it came, encrypted.", []option{fixed, secret}),
		at("received_at", "When.", fixed),
	}
}

// Indexes of the entity.
func (PaymentEvent) Indexes() []ent.Index {
	return []ent.Index{index.Fields("payment_id", "id")}
}
