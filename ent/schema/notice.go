package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Notice is an announcement of the provider. It is one row, however large its
// audience (9.7).
type Notice struct{ ent.Schema }

// Mixin of the entity.
func (Notice) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "ntce"}} }

// Annotations of the entity.
func (Notice) Annotations() []schema.Annotation { return []schema.Annotation{Owner("notice")} }

// Fields of the entity.
func (Notice) Fields() []ent.Field {
	return []ent.Field{
		number("sequence", "Number that grows with each notice; readers resume after it.", fixed, unique),
		word("kind", "Subject; it decides how long in advance the notice must be given.", fixed),
		enum("audience", "Whether it is for all accounts or for named ones.", "ALL", "NAMED"),
		name("title", "Chinese title.", fixed),
		text("body", "Chinese text.", fixed),
		name("title_en", "English title, if there is one.", optional, fixed),
		text("body_en", "English text, if there is one.", optional, fixed),
		word("clause", "The clause that requires it; empty if none.", fixed),
		ref("subject_id", "The bill, invoice or version of the terms that it is about; empty if none.", fixed),
		flag("in_site", "Shown in the portal to its accounts.", fixed),
		flag("email", "Mailed to the owners of its accounts.", fixed),
		flag("public", "Shown on the public page.", fixed),
		at("published_at", "Publication time; it counts as served at that time (12.4).", fixed),
		at("effective_at", "Time at which the announced event happens.", optional, fixed),
		ref("published_by", "The operator who published it; empty if Portico did.", fixed),
		word("mail_after", "The last account to which it was mailed; null once it was mailed to all.", optional),
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
