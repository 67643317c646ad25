package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// UsagePeriod is one billing period of an account's use of a product. The first
// usage opens it; once it is closed, by one conditional update, no event is
// accepted for it any more (3.4).
type UsagePeriod struct{ ent.Schema }

// Mixin of the entity.
func (UsagePeriod) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "uper"}, tenant{}} }

// Annotations of the entity.
func (UsagePeriod) Annotations() []schema.Annotation { return []schema.Annotation{Owner("usage")} }

// Fields of the entity.
func (UsagePeriod) Fields() []ent.Field {
	return []ent.Field{
		ref("product_id", "Of which product.", fixed),
		enum("unit", "How long it is.", "HOUR", "DAY", "MONTH"),
		at("from_at", "Its first instant, in the zone of the agreement.", fixed),
		at("to_at", "The first instant after it; earlier where the account is closed before (0)."),
		at("closes_at", "When it closes (3.4)."),
		enum("status", "Whether usage is still accepted.", "OPEN", "CLOSED"),
		at("closed_at", "When it was closed.", optional),
		at("disputable_until", "Once closed: until when late usage is accepted as an adjustment, as long as its bill can be disputed.", optional),
		word("dispute_rule", "The rule that made that instant.", optional),
		number("events", "How many events it holds.", zero),
	}
}

// Indexes of the entity.
func (UsagePeriod) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "product_id", "unit", "from_at").Unique(),
		index.Fields("status", "closes_at", "id"),
	}
}
