package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Terms is one version of a document of the agreement (0).
type Terms struct{ ent.Schema }

// Mixin of the entity.
func (Terms) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "term"}} }

// Annotations of the entity.
func (Terms) Annotations() []schema.Annotation { return []schema.Annotation{Owner("agreement")} }

// Fields of the entity.
func (Terms) Fields() []ent.Field {
	return []ent.Field{
		enum("kind", "The document.", "SERVICE_TERMS", "PRIVACY_POLICY"),
		word("version", "Version as printed in the document.", fixed),
		name("title_zh", "Title in Chinese.", fixed),
		name("title_en", "Title in English.", fixed),
		text("body_zh", "Text in Chinese (Markdown).", fixed),
		text("body_en", "Text in English (Markdown).", fixed),
		flag("explicit", "Whether an amendment must be accepted explicitly, by a click.", fixed),
		at("published_at", "Publication time.", fixed),
		at("effective_at", "Time from which it is binding; never before its publication.", fixed),
	}
}

// Indexes of the entity.
func (Terms) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("kind", "version").Unique(),
		index.Fields("kind", "effective_at"),
	}
}
