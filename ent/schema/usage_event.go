package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// UsageEvent is one usage event reported by the data plane. It is counted once
// for each source and event id (3.4).
type UsageEvent struct{ ent.Schema }

// Mixin of the entity.
func (UsageEvent) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "usge"}, tenant{}} }

// Annotations of the entity.
func (UsageEvent) Annotations() []schema.Annotation { return []schema.Annotation{Owner("usage")} }

// Fields of the entity.
func (UsageEvent) Fields() []ent.Field {
	return []ent.Field{
		ref("application_id", "The application in which it was used.", fixed),
		ref("service_id", "The service that was used.", fixed),
		word("source", "The program that reported it.", fixed),
		word("event_id", "Id of the event at the source.", fixed),
		word("metric", "The metric that was used.", fixed),
		number("quantity_micros", "Quantity, in millionths of a unit.", fixed),
		at("at", "Time of the usage.", fixed),
		at("received_at", "Time of the report.", fixed),
		flag("over_limit", "Whether it is a level above the plan's limit, given the levels at the time of the report (2.3).", fixed),
	}
}

// Indexes of the entity.
func (UsageEvent) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("source", "event_id").Unique(),
	}
}
