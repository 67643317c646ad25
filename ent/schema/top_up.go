package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// TopUp is money that a customer sets out to pay in (3.5).
type TopUp struct{ ent.Schema }

// Mixin of the entity.
func (TopUp) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "topu"}, tenant{}} }

// Annotations of the entity.
func (TopUp) Annotations() []schema.Annotation { return []schema.Annotation{Owner("payment")} }

// Fields of the entity.
func (TopUp) Fields() []ent.Field {
	return []ent.Field{
		word("payment_reference", "What the payer quotes.", unique, fixed),
		number("amount_minor", "Asked for.", fixed),
		currency(),
		enum("channel", "By which way.", "ALIPAY", "WECHAT_PAY", "ONLINE_BANK", "BANK_TRANSFER", "SANDBOX"),
		enum("status", "Where it stands.", "PENDING", "SUSPENSE", "CREDITED", "RETURNED", "EXPIRED"),
		text("pay_url", "Where to pay.", optional),
		name("payer_name", "Who paid, as the channel signed it.", optional),
		sealed("channel_payer", "The channel's own id of who paid, encrypted; none where it tells none.", optional),
		number("paid_minor", "What was paid, as the channel signed it.", optional),
		ref("started_by", "Person.", fixed),
		at("created_at", "When.", fixed),
		at("expires_at", "Until when it can be paid.", fixed),
		at("credited_at", "When it reached the balance.", optional),
	}
}

// Indexes of the entity.
func (TopUp) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "created_at", "id"),
		index.Fields("status", "created_at", "id"),
		index.Fields("created_at", "id"),
		index.Fields("status", "expires_at", "id"),
	}
}
