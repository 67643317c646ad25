package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Payment is a payment that a channel signed, recorded once for each channel
// and trade number (3.5). It may belong to a customer, belong to no customer
// yet, or only be announced.
type Payment struct{ ent.Schema }

// Mixin of the entity.
func (Payment) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: "paym"}, tenant{late: true}}
}

// Annotations of the entity.
func (Payment) Annotations() []schema.Annotation { return []schema.Annotation{Owner("payment")} }

// Fields of the entity. The account is empty until it is known whose payment it
// is, and is set once.
func (Payment) Fields() []ent.Field {
	return []ent.Field{
		ref("top_up_id", "The top-up that it pays; empty until known."),
		word("channel", "Payment channel.", fixed),
		word("trade_number", "The channel's number; after a space, a number of ours if the channel gave none or the money went out.", fixed),
		number("amount_minor", "Amount as signed; 0 until it is paid, negative for an outgoing payment."),
		completedLater(currency()),
		name("payer_name", "Name of the payer, as signed."),
		sealed("channel_payer", "The channel's id of the payer, encrypted; null if the channel doesn't give one.", optional),
		word("channel_payer_index", "Keyed blind index of channel and id.", optional, secret),
		word("digest", "SHA-256 of the first signed message.", fixed),
		at("received_at", "Time at which it was received.", fixed),
		enum("state", "Where the money is; also RETURNED for the states that only status distinguishes.", "CREDITED", "SUSPENSE", "RETURNED"),
		text("reason", "The operator's reason, if one decided.", optional),
		ref("decided_by", "The operator who decided.", optional),
		at("decided_at", "Time of the decision.", optional),
		field.Enum("status").Values("OPEN", "UNATTRIBUTED", "REFUNDED", "NOTED").Optional().Nillable().
			Comment("What state doesn't distinguish: not paid yet, of no customer yet, fully sent back by its channel, not ours. Null if state is sufficient."),
		word("question", "What an operator must decide about it, apart from suspense; null if nothing.", optional),
		flag("questioned", "Whether there is a question."),
		word("further_questions", "Further questions to decide after that, separated by spaces; null if none.", optional),
		number("refunded_minor", "Total amount sent back, as signed by the channel.", zero),
		number("reversed_minor", "Part of it that is booked.", zero),
		number("uncovered_minor", "Part of it that had been spent and is still owed.", zero),
		word("reference", "Reference quoted in the payment.", optional),
		text("remark", "Remark of the payer, or the line that couldn't be parsed.", optional),
		word("words", "The channel's own name for its latest state.", optional),
		at("paid_at", "Time of the payment, by the channel's clock.", optional),
		number("version", "Version: grows with each change; the condition of the UPDATE.", zero),
	}
}

// Indexes of the entity.
func (Payment) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("channel", "trade_number").Unique(),
		index.Fields("top_up_id"),
		index.Fields("state", "received_at", "id"),
		index.Fields("state", "decided_at", "id"),
		index.Fields("status", "received_at", "id"),
		index.Fields("questioned", "received_at", "id"),
		index.Fields("account_id", "received_at", "id"),
		index.Fields("account_id", "uncovered_minor"),
		index.Fields("received_at", "id"),
		index.Fields("channel", "received_at", "id"),
	}
}

// completedLater makes a field changeable, because its value becomes known only later.
func completedLater(f ent.Field) ent.Field {
	f.Descriptor().Immutable = false
	return f
}
