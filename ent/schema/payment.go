package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Payment is one signed notification of a channel, booked once per channel and
// its trade number (3.5).
type Payment struct{ ent.Schema }

// Mixin of the entity.
func (Payment) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "paym"}, tenant{}} }

// Annotations of the entity.
func (Payment) Annotations() []schema.Annotation { return []schema.Annotation{Owner("payment")} }

// Fields of the entity.
func (Payment) Fields() []ent.Field {
	return []ent.Field{
		ref("top_up_id", "What it pays.", fixed),
		word("channel", "By which way.", fixed),
		word("trade_number", "The channel's own number.", fixed),
		number("amount_minor", "As signed.", fixed),
		currency(),
		name("payer_name", "As signed.", fixed),
		sealed("channel_payer", "The channel's own id of who paid, encrypted; none where it tells none.", optional, fixed),
		word("channel_payer_index", "Keyed blind index of channel and id.", optional, fixed, secret),
		word("digest", "SHA-256 of the signed notification.", fixed),
		at("received_at", "When.", fixed),
		enum("state", "Where the money is.", "CREDITED", "SUSPENSE", "RETURNED"),
		text("reason", "The operator's, if one decided.", optional),
		ref("decided_by", "Operator.", optional),
		at("decided_at", "When.", optional),
	}
}

// Indexes of the entity.
func (Payment) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("channel", "trade_number").Unique(),
		index.Fields("top_up_id"),
		index.Fields("state", "received_at", "id"),
		index.Fields("state", "decided_at", "id"),
	}
}
