package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Bill is what an account owes for one period of a product's use; the sum of its
// lines. There is one an account, product and period (3.4).
type Bill struct{ ent.Schema }

// Mixin of the entity.
func (Bill) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "bill"}, tenant{}} }

// Annotations of the entity.
func (Bill) Annotations() []schema.Annotation { return []schema.Annotation{Owner("billing")} }

// Fields of the entity.
func (Bill) Fields() []ent.Field {
	return []ent.Field{
		word("number", "The number that people quote.", fixed, unique),
		ref("product_id", "For which product.", fixed),
		ref("period_id", "The closed period.", fixed, unique),
		enum("unit", "Length of the period.", "HOUR", "DAY", "MONTH"),
		at("from_at", "First instant of the period.", fixed),
		at("to_at", "First instant after it.", fixed),
		enum("status", "Whether something of it is owed.", "PAID", "UNPAID"),
		enum("class", "Class that arrears treat it by (3.8).", "SUBSCRIPTION", "METERED", "THIRD_PARTY", "FREE", "REALTIME"),
		number("total_minor", "Sum of the lines.", fixed),
		number("paid_bonus_minor", "Paid from bonus.", zero),
		number("paid_cash_minor", "Paid from cash; total - bonus - cash is owed.", zero),
		currency(),
		name("provider_body", "Contracting body (2.2).", fixed),
		name("partner", "Partner, of a third-party product (2.2).", optional, fixed),
		name("product_name_zh", "The product's name when it was made, in Chinese; none of what older releases made.", optional, fixed),
		name("product_name_en", "The product's name when it was made, in English.", optional, fixed),
		name("account_name", "The account's name when it was made.", optional, fixed),
		name("legal_name", "Name of the legal entity that held the account when it was made; none while nobody did.", optional, fixed),
		word("zone", "Zone in which its period is a full hour, day or month (IANA name); none of what older releases made.", optional, fixed),
		at("sent_at", "When it was made and sent.", fixed),
		at("disputable_until", "First instant at which a line can't be disputed any more (3.4).", fixed),
		word("dispute_rule", "The rule that made that instant.", fixed),
		at("paid_at", "When it was paid in full.", optional),
		at("digest_at", "When an hourly bill is mailed with those of its day; none once it was, or if it was mailed by itself.", optional),
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
