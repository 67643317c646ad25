package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// PasskeyChallenge is what a passkey signs: to be added, to sign in, or to step
// up (1.4). It serves once, for one purpose.
type PasskeyChallenge struct{ ent.Schema }

// Mixin of the entity.
func (PasskeyChallenge) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "pkch"}} }

// Annotations of the entity.
func (PasskeyChallenge) Annotations() []schema.Annotation {
	return []schema.Annotation{Owner("factor")}
}

// Fields of the entity.
func (PasskeyChallenge) Fields() []ent.Field {
	return []ent.Field{
		field.Enum("purpose").Values("ADD", "SIGN_IN", "STEP_UP").Immutable().Comment("Operation for which it serves."),
		word("token_hash", "SHA-256 of the token from which the signed challenge is derived, in hexadecimal.", unique, fixed, secret),
		ref("person_id", "The person for whom it serves; null for a sign-in.", optional, fixed),
		ref("session_id", "The session in which it serves; null for a sign-in.", optional, fixed),
		name("name", "Name of the passkey to be added; null otherwise.", optional, fixed),
		at("created_at", "Creation time (wall time).", fixed),
		at("expires_at", "Expiry time (wall time).", fixed),
		at("used_at", "Time at which an answer, right or wrong, was given.", optional),
	}
}

// Indexes of the entity.
func (PasskeyChallenge) Indexes() []ent.Index { return []ent.Index{index.Fields("expires_at")} }
