package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// SignInChallenge is a sign-in of a person who has proved its first factor and
// has yet to prove a second one (1.4).
type SignInChallenge struct{ ent.Schema }

// Mixin of the entity.
func (SignInChallenge) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "sich"}} }

// Annotations of the entity.
func (SignInChallenge) Annotations() []schema.Annotation {
	return []schema.Annotation{Owner("identity")}
}

// Fields of the entity.
func (SignInChallenge) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person who signs in.", fixed),
		word("token_hash", "SHA-256 of the token by which it is answered, in hexadecimal.", unique, fixed, secret),
		word("password_mark", "SHA-256 of the person's password hash at that time, in hexadecimal: another password ends the challenge.", fixed, secret),
		at("created_at", "Creation time (wall time).", fixed),
		at("expires_at", "Expiry time (wall time).", fixed),
		number("tries", "Number of answers tried; the challenge is invalid after five (1.4).", zero),
		at("answered_at", "Time at which it was answered; it can be answered once.", optional),
	}
}

// Indexes of the entity.
func (SignInChallenge) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("expires_at"),
	}
}
