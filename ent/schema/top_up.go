package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// TopUp is an amount that a customer intends to pay in (3.5).
type TopUp struct{ ent.Schema }

// Mixin of the entity.
func (TopUp) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "topu"}, tenant{}} }

// Annotations of the entity.
func (TopUp) Annotations() []schema.Annotation { return []schema.Annotation{Owner("payment")} }

// Fields of the entity.
func (TopUp) Fields() []ent.Field {
	return []ent.Field{
		word("payment_reference", "Reference for the payer to quote.", unique, fixed),
		number("amount_minor", "Requested amount.", fixed),
		currency(),
		enum("channel", "Payment channel.", "ALIPAY", "WECHAT_PAY", "ONLINE_BANK", "BANK_TRANSFER", "SANDBOX"),
		enum("status", "State of the top-up.", "PENDING", "SUSPENSE", "CREDITED", "RETURNED", "EXPIRED"),
		text("pay_url", "URL of the payment page.", optional),
		name("payer_name", "Name of the payer, as signed by the channel.", optional),
		sealed("channel_payer", "The channel's id of the payer, encrypted; null if the channel doesn't give one.", optional),
		number("paid_minor", "Amount paid, as signed by the channel.", optional),
		ref("started_by", "The person who started it.", fixed),
		at("created_at", "Creation time.", fixed),
		at("expires_at", "Time until which it can be paid.", fixed),
		at("credited_at", "Time at which it was credited to the balance.", optional),
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
