package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Acceptance records that a person accepted a version of a document for an
// account. It is kept for ever (0).
type Acceptance struct{ ent.Schema }

// Mixin of the entity.
func (Acceptance) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "acpt"}, tenant{}} }

// Annotations of the entity.
func (Acceptance) Annotations() []schema.Annotation { return []schema.Annotation{Owner("agreement")} }

// Fields of the entity.
func (Acceptance) Fields() []ent.Field {
	return []ent.Field{
		ref("terms_id", "The version of the document that was accepted.", fixed),
		ref("person_id", "The person who accepted it.", fixed),
		enum("how", "Accepted explicitly by a click, or by conduct: by continued use of the services.", "EXPLICIT", "BY_CONDUCT"),
		at("accepted_at", "Time of the acceptance.", fixed),
		word("address", "Network address of the request.", fixed),
		text("agent", "User agent of the request.", fixed),
	}
}

// Indexes of the entity.
func (Acceptance) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "terms_id").Unique(),
		index.Fields("account_id", "accepted_at", "id"),
	}
}
