package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// UsageEvent is one report of the data plane, counted once per source and
// event id (3.4).
type UsageEvent struct{ ent.Schema }

// Mixin of the entity.
func (UsageEvent) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "usge"}, tenant{}} }

// Annotations of the entity.
func (UsageEvent) Annotations() []schema.Annotation { return []schema.Annotation{Owner("usage")} }

// Fields of the entity.
func (UsageEvent) Fields() []ent.Field {
	return []ent.Field{
		ref("application_id", "Where it was used.", fixed),
		ref("service_id", "The service that provided it.", fixed),
		word("source", "Who reported it.", fixed),
		word("event_id", "Its id at the source.", fixed),
		word("metric", "What was used.", fixed),
		number("quantity_micros", "How much, in millionths of a unit.", fixed),
		at("at", "When it was used.", fixed),
		at("received_at", "When it was reported.", fixed),
		flag("over_limit", "Whether it is a level above the plan's limit as the levels were when it was reported (2.3).", fixed),
	}
}

// Indexes of the entity.
func (UsageEvent) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("source", "event_id").Unique(),
	}
}
