package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// UsagePeriod is one billing period of an account's use of a product. The first
// usage opens it. Once it is closed, by one conditional update, it accepts no
// more events (3.4).
type UsagePeriod struct{ ent.Schema }

// Mixin of the entity.
func (UsagePeriod) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "uper"}, tenant{}} }

// Annotations of the entity.
func (UsagePeriod) Annotations() []schema.Annotation { return []schema.Annotation{Owner("usage")} }

// Fields of the entity.
func (UsagePeriod) Fields() []ent.Field {
	return []ent.Field{
		ref("product_id", "The product.", fixed),
		enum("unit", "Length of the period.", "HOUR", "DAY", "MONTH"),
		at("from_at", "First instant, in the zone of the agreement.", fixed),
		at("to_at", "First instant after it; earlier if the account is closed before (0)."),
		word("zone", "Time zone in which it is a full hour, day or month (IANA name); null if an older release opened it.", optional, fixed),
		at("closes_at", "Time at which it is due to close (3.4)."),
		enum("status", "Whether usage is still accepted.", "OPEN", "CLOSED"),
		at("closed_at", "Time at which it was closed.", optional),
		at("disputable_until", "For a closed period, the time until which late usage is accepted as an adjustment: as long as its bill can be disputed.", optional),
		word("dispute_rule", "Rule by which disputable_until is computed.", optional),
		number("events", "Number of its events.", zero),
		number("quantity_micros", "Sum of their quantities over all metrics, in millionths of a unit; limited, so that every total can be stored.", zero),
		number("worth", "Upper limit of its bill, in minor units of its currency; limited, so that the bill can be represented.", zero),
		field.Enum("outcome").Values("BILLED", "EMPTY", "FAILED").Optional().Nillable().
			Comment("Result of its billing; null until it is due, and if an older release closed it."),
		word("failure", "Code of the reason why billing last failed; null unless it failed last.", optional),
		text("failure_detail", "Details of the failure.", optional),
		at("failed_at", "Time at which billing last failed.", optional),
		number("failures", "Number of times that billing failed.", zero),
		at("retry_at", "Time of the next billing attempt; null unless it failed.", optional),
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
