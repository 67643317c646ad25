package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Attempt counts what may be tried only so often, across parallel flows: its
// row is the lock that serialises one subject.
type Attempt struct{ ent.Schema }

// Mixin of the entity.
func (Attempt) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "attm"}} }

// Annotations of the entity.
func (Attempt) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (Attempt) Fields() []ent.Field {
	return []ent.Field{
		word("subject", "Kind and keyed index of who or what is counted.", unique, fixed, secret),
		number("failures", "Tries in a row that weren't known to be right.", zero),
		at("open_at", "Before it no further try is taken; wall time.", optional),
		number("version", "Grows with each attempt; the conditional update on it serialises them.", zero, column("turn")),
		at("last_at", "Last attempt; wall time."),
	}
}

// Indexes of the entity.
func (Attempt) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("last_at"),
	}
}
