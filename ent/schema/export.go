package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Export is a file with an account's records that a person asked for. Its content is
// not stored: it is read when the file is downloaded.
type Export struct{ ent.Schema }

// Mixin of the entity.
func (Export) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "xprt"}, tenant{}} }

// Annotations of the entity.
func (Export) Annotations() []schema.Annotation { return []schema.Annotation{Owner("export")} }

// Fields of the entity.
func (Export) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person who asked for it, and who alone can download it.", fixed),
		enum("kind", "What is exported.", "AUDIT"),
		enum("format", "Format of the file.", "CSV", "JSON_LINES"),
		text("selection", "JSON of what was selected, in the form of its kind.", fixed),
		at("created_at", "Time at which it was asked for: what is later is not in it.", fixed),
		at("expires_at", "Time until which it can be downloaded (wall time).", fixed),
		word("slot_key", "Person and a number from 1 to 20, so that a person has so many at most; null once it has expired and another one has its place.", optional, unique),
	}
}

// Indexes of the entity.
func (Export) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("person_id", "expires_at"),
		index.Fields("expires_at"),
	}
}
