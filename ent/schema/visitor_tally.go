package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// VisitorTally counts how often visitors ran one command from one network in
// one hour, so that what such commands write is limited (5.4).
type VisitorTally struct{ ent.Schema }

// Mixin of the entity.
func (VisitorTally) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "vtal"}} }

// Annotations of the entity.
func (VisitorTally) Annotations() []schema.Annotation { return []schema.Annotation{Owner("command")} }

// Fields of the entity.
func (VisitorTally) Fields() []ent.Field {
	return []ent.Field{
		word("subject", "Keyed index of command, network and hour.", fixed, unique, secret),
		number("count", "Number of commands."),
		at("hour", "Start of the hour (wall time).", fixed),
	}
}

// Indexes of the entity.
func (VisitorTally) Indexes() []ent.Index { return []ent.Index{index.Fields("hour")} }
