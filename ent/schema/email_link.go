package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// EmailLink is a link that verifies an e-mail address (1.1).
type EmailLink struct{ ent.Schema }

// Mixin of the entity.
func (EmailLink) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "elnk"}} }

// Annotations of the entity.
func (EmailLink) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (EmailLink) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person whose address it verifies.", fixed),
		word("email_index", "Keyed blind index of the address to which it was sent.", fixed, secret),
		word("token_hash", "SHA-256 of the token, in hexadecimal.", unique, fixed, secret),
		at("created_at", "Creation time (wall time).", fixed),
		at("expires_at", "Expiry time (wall time).", fixed),
		at("used_at", "Time at which it was used; a link can be used once.", optional),
	}
}

// Indexes of the entity.
func (EmailLink) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("person_id"),
		index.Fields("expires_at"),
	}
}
