package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Payer is somebody whom the owner designated beforehand to pay for the
// account (3.5).
type Payer struct{ ent.Schema }

// Mixin of the entity.
func (Payer) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "payr"}, tenant{}} }

// Annotations of the entity.
func (Payer) Annotations() []schema.Annotation { return []schema.Annotation{Owner("payment")} }

// Fields of the entity.
func (Payer) Fields() []ent.Field {
	return []ent.Field{
		name("name", "As it will be signed.", fixed),
		name("folded_name", "NFKC, spaces and brackets folded.", fixed),
		word("channel", "The channel that knows it by an id; none for a payer by its name.", optional, fixed),
		sealed("channel_payer", "The channel's own id of it, encrypted.", optional, fixed),
		word("channel_payer_index", "Keyed blind index of channel and id.", optional, fixed, secret),
		flag("at_once", "Whether it counts before it is reviewed: not if it was rejected before.", fixed),
		enum("status", "Whether the proof was accepted.", "PENDING", "APPROVED", "REJECTED", "WITHDRAWN"),
		text("proof", "What proves it, in words.", fixed),
		text("reason", "Why it was rejected.", optional),
		ref("designated_by", "Person: of the account, or the operator who accepted its payment.", fixed),
		at("designated_at", "When.", fixed),
		ref("decided_by", "Operator.", optional),
		at("decided_at", "When.", optional),
		word("open_key", "Hash of account, name and id while it isn't rejected: designating twice is once.", optional, unique),
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
