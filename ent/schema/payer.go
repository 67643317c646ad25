package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Payer is a person or company that the owner designated in advance to pay for
// the account (3.5).
type Payer struct{ ent.Schema }

// Mixin of the entity.
func (Payer) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "payr"}, tenant{}} }

// Annotations of the entity.
func (Payer) Annotations() []schema.Annotation { return []schema.Annotation{Owner("payment")} }

// Fields of the entity.
func (Payer) Fields() []ent.Field {
	return []ent.Field{
		name("name", "Name with which the payer pays.", fixed),
		name("folded_name", "The name in NFKC, with spaces and brackets folded.", fixed),
		word("channel", "Channel that identifies the payer by an id; null if the payer is identified by name.", optional, fixed),
		sealed("channel_payer", "The channel's id of the payer, encrypted.", optional, fixed),
		word("channel_payer_index", "Keyed blind index of channel and id.", optional, fixed, secret),
		flag("at_once", "Whether it counts before the review; it doesn't if it was rejected before.", fixed),
		enum("status", "State of the review of the proof.", "PENDING", "APPROVED", "REJECTED", "WITHDRAWN"),
		text("proof", "Description of the proof.", fixed),
		text("reason", "Reason for the rejection.", optional),
		ref("designated_by", "The person of the account who designated it, or the operator who accepted its payment.", fixed),
		at("designated_at", "Time of the designation.", fixed),
		ref("decided_by", "The operator who decided.", optional),
		at("decided_at", "Time of the decision.", optional),
		word("open_key", "Hash of account, name and id unless rejected, so that designating twice has the effect of once.", optional, unique),
	}
}

// Indexes of the entity.
func (Payer) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "folded_name"),
		index.Fields("account_id", "channel_payer_index"),
		index.Fields("status", "designated_at", "id"),
		index.Fields("designated_at", "id"),
		index.Fields("account_id", "designated_at", "id"),
		index.Fields("folded_name"),
		index.Fields("channel_payer_index"),
	}
}
