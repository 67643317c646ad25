package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
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
		word("zone", "Zone in which it is a full hour, day or month (IANA name); none of what older releases opened.", optional, fixed),
		at("closes_at", "When it closes (3.4)."),
		enum("status", "Whether usage is still accepted.", "OPEN", "CLOSED"),
		at("closed_at", "When it was closed.", optional),
		at("disputable_until", "Once closed: until when late usage is accepted as an adjustment, as long as its bill can be disputed.", optional),
		word("dispute_rule", "The rule that made that instant.", optional),
		number("events", "How many events it holds.", zero),
		number("quantity_micros", "Sum of their quantities over all metrics, in millionths of a unit; bounded, so that every total of it can be kept.", zero),
		number("worth", "At most so much its bill comes to, in minor units of its currency; bounded, so that the bill can be told.", zero),
		field.Enum("outcome").Values("BILLED", "EMPTY", "FAILED").Optional().Nillable().
			Comment("What became of its billing; none until it is due, and of what older releases closed."),
		word("failure", "Why it could not be billed, as a code; none unless it failed last.", optional),
		text("failure_detail", "What the code is about.", optional),
		at("failed_at", "When billing failed last.", optional),
		number("failures", "How often billing failed.", zero),
		at("retry_at", "When billing is tried again; none unless it failed.", optional),
	}
}

// Indexes of the entity.
func (UsagePeriod) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "product_id", "unit", "from_at").Unique(),
		index.Fields("status", "closes_at", "id"),
		index.Fields("status", "retry_at", "closes_at", "id"),
		index.Fields("outcome", "closes_at", "id"),
	}
}
