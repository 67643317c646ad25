package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Attempt counts attempts that are limited, across parallel requests. Its row
// is the lock that serialises the attempts of one subject.
type Attempt struct{ ent.Schema }

// Mixin of the entity.
func (Attempt) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "attm"}} }

// Annotations of the entity.
func (Attempt) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (Attempt) Fields() []ent.Field {
	return []ent.Field{
		word("subject", "Kind and keyed index of the subject that is counted.", unique, fixed, secret),
		number("failures", "Number of consecutive attempts not known to be successful.", zero),
		at("open_at", "Time before which no further attempt is accepted (wall time).", optional),
		number("version", "Grows with each attempt; the condition of the update that serialises them.", zero, column("turn")),
		at("last_at", "Time of the last attempt (wall time)."),
	}
}

// Indexes of the entity.
func (Attempt) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("last_at"),
	}
}
