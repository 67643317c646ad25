package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Person is a human being with a login. A login belongs to one person (1.4).
type Person struct{ ent.Schema }

// Mixin of the entity.
func (Person) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "pers"}} }

// Annotations of the entity.
func (Person) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (Person) Fields() []ent.Field {
	return []ent.Field{
		name("name", "What the person is called."),
		sealed("phone", "E.164 number, encrypted."),
		word("phone_index", "Keyed blind index of the number.", unique, secret),
		sealed("email", "E-mail address, encrypted."),
		word("email_index", "Keyed blind index of the address; not unique before it is verified (1.1).", secret),
		word("verified_email_index", "The index again once the address is verified: unique only then (1.1).", optional, unique, secret),
		at("email_verified_at", "When the link in the mail was followed.", optional),
		text("password_hash", "argon2id in PHC form.", secret),
		at("password_changed_at", "For the reminder after 90 days (1.4)."),
		at("first_password_at", "When somebody else drew its password; while it equals password_changed_at, that is the password, and serves one sign-in within a day.", optional),
		at("first_password_used_at", "When that sign-in was.", optional),
		at("created_at", "When the person registered.", fixed),
	}
}

// Indexes of the entity.
func (Person) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("email_index"),
	}
}
