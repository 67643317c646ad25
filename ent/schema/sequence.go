package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// Sequence counts without gaps. The number is taken in the transaction that
// uses it, and the next transaction waits until that one ends.
type Sequence struct{ ent.Schema }

// Mixin of the entity.
func (Sequence) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "sequ"}} }

// Annotations of the entity.
func (Sequence) Annotations() []schema.Annotation { return []schema.Annotation{Owner("sequence")} }

// Fields of the entity.
func (Sequence) Fields() []ent.Field {
	return []ent.Field{
		word("code", "What it counts.", fixed, unique),
		number("last", "The last number that was taken."),
	}
}
