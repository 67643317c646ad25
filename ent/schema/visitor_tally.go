package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// VisitorTally counts how often one command was run from one network in one
// hour by who wasn't signed in, so that what such commands write has a bound
// (5.4).
type VisitorTally struct{ ent.Schema }

// Mixin of the entity.
func (VisitorTally) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "vtal"}} }

// Annotations of the entity.
func (VisitorTally) Annotations() []schema.Annotation { return []schema.Annotation{Owner("command")} }

// Fields of the entity.
func (VisitorTally) Fields() []ent.Field {
	return []ent.Field{
		word("subject", "Keyed index of command, network and hour.", fixed, unique, secret),
		number("count", "How often."),
		at("hour", "Beginning of the hour; wall time.", fixed),
	}
}

// Indexes of the entity.
func (VisitorTally) Indexes() []ent.Index { return []ent.Index{index.Fields("hour")} }
