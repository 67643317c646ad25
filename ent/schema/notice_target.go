package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// NoticeTarget names one target of a notice: an account, or every account that
// uses a product.
type NoticeTarget struct{ ent.Schema }

// Mixin of the entity.
func (NoticeTarget) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "ntgt"}} }

// Annotations of the entity.
func (NoticeTarget) Annotations() []schema.Annotation { return []schema.Annotation{Owner("notice")} }

// Fields of the entity.
func (NoticeTarget) Fields() []ent.Field {
	return []ent.Field{
		ref("notice_id", "The notice.", fixed),
		number("sequence", "Sequence of the notice.", fixed),
		ref("target_id", "The account or product.", fixed),
	}
}

// Indexes of the entity.
func (NoticeTarget) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("target_id", "notice_id").Unique(),
		index.Fields("target_id", "sequence"),
		index.Fields("notice_id"),
	}
}
