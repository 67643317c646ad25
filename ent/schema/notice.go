package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Notice is something that the provider tells: one row for an audience of any
// size (9.7).
type Notice struct{ ent.Schema }

// Mixin of the entity.
func (Notice) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "ntce"}} }

// Annotations of the entity.
func (Notice) Annotations() []schema.Annotation { return []schema.Annotation{Owner("notice")} }

// Fields of the entity.
func (Notice) Fields() []ent.Field {
	return []ent.Field{
		number("sequence", "Grows with each notice; readers resume by it.", fixed, unique),
		word("kind", "What it is about; its lead time follows from it.", fixed),
		enum("audience", "Whom it is for.", "ALL", "NAMED"),
		name("title", "Title.", fixed),
		text("body", "Text.", fixed),
		name("title_en", "English title, if it has one.", optional, fixed),
		text("body_en", "English text, if it has one.", optional, fixed),
		word("clause", "The clause that asks for it; empty if none.", fixed),
		ref("subject_id", "What it is about: a bill, an invoice, a terms version; empty if nothing.", fixed),
		flag("in_site", "Shown to the accounts that it is for.", fixed),
		flag("email", "Mailed to their owners.", fixed),
		flag("public", "Shown on the public page.", fixed),
		at("published_at", "When; it counts as served at once (12.4).", fixed),
		at("effective_at", "When what it announces happens.", optional, fixed),
		ref("published_by", "Operator, or empty for Portico itself.", fixed),
		word("mail_after", "The last account that was mailed; NULL once all are.", optional),
	}
}

// Indexes of the entity.
func (Notice) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("public", "sequence"),
		index.Fields("audience", "sequence"),
		index.Fields("email", "mail_after"),
		index.Fields("published_at", "sequence"),
	}
}
