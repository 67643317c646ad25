package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// SecondFactor is something that a person proves beside its first factor (1.4).
// It doesn't count before it is confirmed.
type SecondFactor struct{ ent.Schema }

// Mixin of the entity.
func (SecondFactor) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "sfac"}} }

// Annotations of the entity.
func (SecondFactor) Annotations() []schema.Annotation { return []schema.Annotation{Owner("factor")} }

// Fields of the entity.
func (SecondFactor) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person whose factor it is.", fixed),
		enum("kind", "TOTP: an app that shows time-based codes (RFC 6238). PASSKEY: a key pair of WebAuthn.", "TOTP", "PASSKEY"),
		name("name", "Name that the person gave it."),
		sealed("secret", "Secret of the time-based codes in base32, or id and public key of the passkey as JSON, encrypted."),
		word("credential_index", "Keyed blind index of the passkey's credential id, so that each is registered once; null for time-based codes.", optional, unique, fixed, secret),
		word("passkey_key", "The person and a number from 1 to 10, so that it has at most ten passkeys; null for time-based codes.", optional, unique, fixed),
		number("sign_count", "Last signature counter of the passkey; a lower or equal one shows a copy of it, unless the passkey doesn't count (0).", zero),
		at("added_at", "Time at which it was added (wall time).", fixed),
		at("confirmed_at", "Time at which the person proved it for the first time; null until then.", optional),
		at("pending_until", "Time until which it can be confirmed; null once it is.", optional),
		ref("pending_key", "The person while it isn't confirmed, so that there is at most one; null once it is.", optional, unique),
		number("last_step", "Last time step of which a code was used; no earlier or equal one is valid any more.", zero),
		at("last_used_at", "Last time at which it was used; null if it never was.", optional),
	}
}

// Indexes of the entity.
func (SecondFactor) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("person_id", "confirmed_at"),
		index.Fields("pending_until"),
	}
}
