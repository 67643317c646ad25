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
		enum("kind", "Which document.", "SERVICE_TERMS", "PRIVACY_POLICY"),
		word("version", "As printed on it.", fixed),
		name("title_zh", "Title in Chinese.", fixed),
		name("title_en", "Title in English.", fixed),
		text("body_zh", "Markdown in Chinese.", fixed),
		text("body_en", "Markdown in English.", fixed),
		flag("explicit", "Whether an amendment to it must be accepted by a click.", fixed),
		at("published_at", "When it was published.", fixed),
		at("effective_at", "From when it binds, never before publication.", fixed),
	}
}

// Indexes of the entity.
func (Terms) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("kind", "version").Unique(),
		index.Fields("kind", "effective_at"),
	}
}
