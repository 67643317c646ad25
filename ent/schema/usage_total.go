package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// UsageTotal is the roll-up of usage by application, metric and hour; for a
// gauge, one row that holds the level.
type UsageTotal struct{ ent.Schema }

// Mixin of the entity.
func (UsageTotal) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "usgt"}, tenant{}} }

// Annotations of the entity.
func (UsageTotal) Annotations() []schema.Annotation { return []schema.Annotation{Owner("usage")} }

// Fields of the entity.
func (UsageTotal) Fields() []ent.Field {
	return []ent.Field{
		ref("application_id", "Where it was used.", fixed),
		ref("service_id", "The service that provided it; empty for a gauge, which outlives a service.", fixed),
		ref("period_id", "The period that it is billed in; empty for what isn't billed.", fixed, blank),
		word("metric", "What was used.", fixed),
		at("hour", "Start of the hour; for a gauge, the zero time of the epoch.", fixed),
		number("quantity_micros", "How much, in millionths of a unit."),
		at("level_at", "For a gauge, when the level was so: a later report wins, whenever it arrives.", optional),
	}
}

// Indexes of the entity.
func (UsageTotal) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("application_id", "metric", "hour", "service_id", "period_id").Unique(),
		index.Fields("period_id"),
	}
}
