package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// Sequence counts without gaps: the number is taken in the transaction that uses
// it, and the next one waits for that to end.
type Sequence struct{ ent.Schema }

// Mixin of the entity.
func (Sequence) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "sequ"}} }

// Annotations of the entity.
func (Sequence) Annotations() []schema.Annotation { return []schema.Annotation{Owner("sequence")} }

// Fields of the entity.
func (Sequence) Fields() []ent.Field {
	return []ent.Field{
		word("code", "What is counted.", fixed, unique),
		number("last", "The last number taken."),
	}
}
