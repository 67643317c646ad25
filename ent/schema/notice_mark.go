package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// NoticeMark records up to which notice a person has read all notices of an
// account (9.7). Notices before it need not be counted. Each notice read after
// it has a receipt.
type NoticeMark struct{ ent.Schema }

// Mixin of the entity.
func (NoticeMark) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "nmrk"}, tenant{}} }

// Annotations of the entity.
func (NoticeMark) Annotations() []schema.Annotation { return []schema.Annotation{Owner("notice")} }

// Fields of the entity.
func (NoticeMark) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person who read the notices.", fixed),
		number("through", "Sequence up to which the person has read every notice for the account; it only grows."),
	}
}

// Indexes of the entity.
func (NoticeMark) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "person_id").Unique(),
	}
}
