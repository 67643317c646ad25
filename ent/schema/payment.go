package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Payment is money that a channel signed, once per channel and its trade number
// (3.5): a customer's, or nobody's yet, or only announced.
type Payment struct{ ent.Schema }

// Mixin of the entity.
func (Payment) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: "paym"}, tenant{late: true}}
}

// Annotations of the entity.
func (Payment) Annotations() []schema.Annotation { return []schema.Annotation{Owner("payment")} }

// Fields of the entity. The account is empty while nobody knows whose the money
// is, and is set once.
func (Payment) Fields() []ent.Field {
	return []ent.Field{
		ref("top_up_id", "What it pays; empty while nobody knows."),
		word("channel", "By which way.", fixed),
		word("trade_number", "The channel's own number; after a space, one of ours for what has none, or went out.", fixed),
		number("amount_minor", "As signed; 0 until it is paid, negative for what went out."),
		told(currency()),
		name("payer_name", "As signed."),
		sealed("channel_payer", "The channel's own id of who paid, encrypted; none where it tells none.", optional),
		word("channel_payer_index", "Keyed blind index of channel and id.", optional, secret),
		word("digest", "SHA-256 of what was signed first.", fixed),
		at("received_at", "When.", fixed),
		enum("state", "Where the money is; RETURNED for all that only status tells.", "CREDITED", "SUSPENSE", "RETURNED"),
		text("reason", "The operator's, if one decided.", optional),
		ref("decided_by", "Operator.", optional),
		at("decided_at", "When.", optional),
		field.Enum("status").Values("OPEN", "UNATTRIBUTED", "REFUNDED", "NOTED").Optional().Nillable().
			Comment("What state doesn't tell: not paid yet, nobody's yet, wholly sent back by its channel, not ours. None: state tells it."),
		word("question", "What an operator must decide about it, beyond suspense; none if nothing.", optional),
		flag("questioned", "Whether there is a question."),
		word("further_questions", "What else must be decided about it after that, separated by spaces; none if nothing.", optional),
		number("refunded_minor", "What went back of it in all, as the channel signed.", zero),
		number("reversed_minor", "Of that, what is booked.", zero),
		number("uncovered_minor", "Of that, what was spent, and is still owed.", zero),
		word("reference", "The reference that it quotes.", optional),
		text("remark", "What the payer wrote, or the line that can't be read.", optional),
		word("words", "The channel's own words for its state, the latest.", optional),
		at("paid_at", "When it was paid, by the channel's clock.", optional),
		number("version", "Grows with each change; the condition of the UPDATE.", zero),
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

// told lets a field change that becomes known only later.
func told(f ent.Field) ent.Field {
	f.Descriptor().Immutable = false
	return f
}
