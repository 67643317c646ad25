package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// EmailLink is the link that verifies an e-mail address (1.1).
type EmailLink struct{ ent.Schema }

// Mixin of the entity.
func (EmailLink) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "elnk"}} }

// Annotations of the entity.
func (EmailLink) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (EmailLink) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "Whose address.", fixed),
		word("email_index", "The address that it was sent to.", fixed, secret),
		word("token_hash", "SHA-256 of the token, hex.", unique, fixed, secret),
		at("created_at", "Wall time.", fixed),
		at("expires_at", "Wall time.", fixed),
		at("used_at", "Serves once.", optional),
	}
}

// Indexes of the entity.
func (EmailLink) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("person_id"),
		index.Fields("expires_at"),
	}
}
