package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// UsageTotal is the total of usage by application, metric and hour. For a gauge
// it is one row with the level.
type UsageTotal struct{ ent.Schema }

// Mixin of the entity.
func (UsageTotal) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "usgt"}, tenant{}} }

// Annotations of the entity.
func (UsageTotal) Annotations() []schema.Annotation { return []schema.Annotation{Owner("usage")} }

// Fields of the entity.
func (UsageTotal) Fields() []ent.Field {
	return []ent.Field{
		ref("application_id", "The application in which it was used.", fixed),
		ref("service_id", "The service that was used; empty for a gauge, which may last longer than a service.", fixed),
		ref("period_id", "The period in which it is billed; empty if it isn't billed.", fixed, blank),
		word("metric", "The metric that was used.", fixed),
		at("hour", "Start of the hour; for a gauge, the Unix epoch.", fixed),
		number("quantity_micros", "Quantity, in millionths of a unit."),
		at("level_at", "For a gauge, the time of the level: the report with the later time takes precedence, whenever it arrives.", optional),
	}
}

// Indexes of the entity.
func (UsageTotal) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("application_id", "metric", "hour", "service_id", "period_id").Unique(),
		index.Fields("period_id"),
	}
}
