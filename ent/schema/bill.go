package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Bill is what an account owes for its use of a product in one period. It is
// the sum of its lines. There is one bill for each account, product and period
// (3.4).
type Bill struct{ ent.Schema }

// Mixin of the entity.
func (Bill) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "bill"}, tenant{}} }

// Annotations of the entity.
func (Bill) Annotations() []schema.Annotation { return []schema.Annotation{Owner("billing")} }

// Fields of the entity.
func (Bill) Fields() []ent.Field {
	return []ent.Field{
		word("number", "Number that people quote.", fixed, unique),
		ref("product_id", "The product.", fixed),
		ref("period_id", "The closed billing period.", fixed, unique),
		enum("unit", "Length of the period.", "HOUR", "DAY", "MONTH"),
		at("from_at", "First instant of the period.", fixed),
		at("to_at", "First instant after the period.", fixed),
		enum("status", "Whether something is still owed.", "PAID", "UNPAID"),
		enum("class", "Class by which arrears treat it (3.8).", "SUBSCRIPTION", "METERED", "THIRD_PARTY", "FREE", "REALTIME"),
		number("total_minor", "Sum of the lines.", fixed),
		number("paid_bonus_minor", "Amount paid from bonus.", zero),
		number("paid_cash_minor", "Amount paid from cash; total - bonus - cash is owed.", zero),
		currency(),
		name("provider_body", "Contracting body (2.2).", fixed),
		name("partner", "Partner of a third-party product (2.2).", optional, fixed),
		name("product_name_zh", "Name of the product when the bill was made, in Chinese; null if an older release made the bill.", optional, fixed),
		name("product_name_en", "Name of the product when the bill was made, in English; null if an older release made the bill.", optional, fixed),
		name("account_name", "Name of the account when the bill was made.", optional, fixed),
		name("legal_name", "Name of the legal entity that held the account when the bill was made; null if there was none.", optional, fixed),
		word("zone", "Time zone in which the period is a full hour, day or month (IANA name); null if an older release made the bill.", optional, fixed),
		at("sent_at", "Time at which the bill was made and sent.", fixed),
		at("disputable_until", "First instant at which a line can no longer be disputed (3.4).", fixed),
		word("dispute_rule", "Rule by which disputable_until is computed.", fixed),
		at("paid_at", "Time at which it was fully paid.", optional),
		at("digest_at", "Time at which an hourly bill is mailed together with those of its day; null once it was, or if it was mailed separately.", optional),
	}
}

// Indexes of the entity.
func (Bill) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "product_id", "unit", "from_at").Unique(),
		index.Fields("account_id", "sent_at", "id"),
		index.Fields("account_id", "status", "sent_at", "id"),
		index.Fields("digest_at", "account_id"),
	}
}
