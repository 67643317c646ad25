package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// NoticeMark says up to where a person has read all notices for an account
// (9.7): below it there is nothing to count, however many there are. What was
// read beyond it has a receipt each.
type NoticeMark struct{ ent.Schema }

// Mixin of the entity.
func (NoticeMark) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "nmrk"}, tenant{}} }

// Annotations of the entity.
func (NoticeMark) Annotations() []schema.Annotation { return []schema.Annotation{Owner("notice")} }

// Fields of the entity.
func (NoticeMark) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person that has read them.", fixed),
		number("through", "The greatest sequence up to which every notice for the account, since it exists, has been read; it only grows."),
	}
}

// Indexes of the entity.
func (NoticeMark) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "person_id").Unique(),
	}
}
