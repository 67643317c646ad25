package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
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
		number("failures", "Failures in a row.", zero),
		number("turn", "Grows with each attempt; the conditional update that serialises.", zero),
		at("last_at", "Last attempt; wall time."),
	}
}
