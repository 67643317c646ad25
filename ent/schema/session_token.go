package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// SessionToken is a pair of an access token and a refresh token of a session.
// Only hashes are stored.
type SessionToken struct{ ent.Schema }

// Mixin of the entity.
func (SessionToken) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "stok"}} }

// Annotations of the entity.
func (SessionToken) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (SessionToken) Fields() []ent.Field {
	return []ent.Field{
		ref("session_id", "The session.", fixed),
		word("access_hash", "SHA-256 of the access token, in hexadecimal.", unique, fixed, secret),
		word("refresh_hash", "SHA-256 of the refresh token, in hexadecimal.", unique, fixed, secret),
		at("issued_at", "Time of issue (wall time).", fixed),
		at("access_expires_at", "Expiry time of the access token (wall time)."),
		at("refresh_expires_at", "Expiry time of the refresh token (wall time)."),
		at("first_used_at", "First use of the pair; only set by earlier releases.", optional),
		at("rotated_at", "Time at which the refresh token was first exchanged.", optional),
		ref("successor_id", "The newest pair for which it was exchanged.", optional),
	}
}

// Indexes of the entity.
func (SessionToken) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("session_id"),
		index.Fields("refresh_expires_at"),
	}
}
