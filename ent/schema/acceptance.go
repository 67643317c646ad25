package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Acceptance records that a person accepted a version for an account; kept for
// ever (0).
type Acceptance struct{ ent.Schema }

// Mixin of the entity.
func (Acceptance) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "acpt"}, tenant{}} }

// Annotations of the entity.
func (Acceptance) Annotations() []schema.Annotation { return []schema.Annotation{Owner("agreement")} }

// Fields of the entity.
func (Acceptance) Fields() []ent.Field {
	return []ent.Field{
		ref("terms_id", "The version.", fixed),
		ref("person_id", "Who.", fixed),
		enum("how", "By a click, or by going on using the services.", "EXPLICIT", "BY_CONDUCT"),
		at("accepted_at", "When.", fixed),
		word("address", "Network address.", fixed),
		text("agent", "User agent.", fixed),
	}
}

// Indexes of the entity.
func (Acceptance) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "terms_id").Unique(),
		index.Fields("account_id", "accepted_at", "id"),
	}
}
