package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// SessionToken is a pair of access and refresh token of a session; only hashes
// are kept.
type SessionToken struct{ ent.Schema }

// Mixin of the entity.
func (SessionToken) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "stok"}} }

// Annotations of the entity.
func (SessionToken) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (SessionToken) Fields() []ent.Field {
	return []ent.Field{
		ref("session_id", "The session.", fixed),
		word("access_hash", "SHA-256 of the access token, hex.", unique, fixed, secret),
		word("refresh_hash", "SHA-256 of the refresh token, hex.", unique, fixed, secret),
		at("issued_at", "Wall time.", fixed),
		at("access_expires_at", "Wall time."),
		at("refresh_expires_at", "Wall time."),
		at("first_used_at", "First use of the pair, as far as an earlier release noted it.", optional),
		at("rotated_at", "When the refresh token was exchanged first.", optional),
		ref("successor_id", "The newest pair that it was exchanged for.", optional),
	}
}

// Indexes of the entity.
func (SessionToken) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("session_id"),
		index.Fields("refresh_expires_at"),
	}
}
