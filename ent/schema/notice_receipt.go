package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// NoticeReceipt records that a person read a notice for an account (9.7).
type NoticeReceipt struct{ ent.Schema }

// Mixin of the entity.
func (NoticeReceipt) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "nrcp"}, tenant{}} }

// Annotations of the entity.
func (NoticeReceipt) Annotations() []schema.Annotation { return []schema.Annotation{Owner("notice")} }

// Fields of the entity.
func (NoticeReceipt) Fields() []ent.Field {
	return []ent.Field{
		ref("notice_id", "The notice.", fixed),
		ref("person_id", "The person.", fixed),
		at("read_at", "Time at which it was read.", fixed),
	}
}

// Indexes of the entity.
func (NoticeReceipt) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "person_id", "notice_id").Unique(),
	}
}
