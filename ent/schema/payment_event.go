package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// PaymentEvent is a signed message of a channel about a payment, as received. A
// repeated message with the same meaning is recorded once. It is append-only.
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
		ref("payment_id", "The payment.", fixed),
		word("meaning", "Keyed hash of everything that it states.", unique, fixed, secret),
		word("words", "The channel's own name for the state.", fixed),
		word("refund_number", "The channel's number of the refund that it reports.", optional, fixed),
		number("refund_minor", "Amount of that refund; 0 if it reports none.", zero, fixed),
		currency(),
		word("digest", "SHA-256 of the signed message.", fixed),
		with(field.Bytes("signed").MaxLen(8<<20), "What was signed, as it came, encrypted.", []option{fixed, secret}),
		at("received_at", "Time at which it was received.", fixed),
	}
}

// Indexes of the entity.
func (PaymentEvent) Indexes() []ent.Index {
	return []ent.Index{index.Fields("payment_id", "id")}
}
