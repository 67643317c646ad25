package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Person is a human being with a login. A login belongs to one person only
// (1.4).
type Person struct{ ent.Schema }

// Mixin of the entity.
func (Person) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "pers"}} }

// Annotations of the entity.
func (Person) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (Person) Fields() []ent.Field {
	return []ent.Field{
		name("name", "Name of the person."),
		sealed("phone", "Phone number (E.164), encrypted."),
		word("phone_index", "Keyed blind index of the phone number.", unique, secret),
		sealed("email", "E-mail address, encrypted."),
		word("email_index", "Keyed blind index of the e-mail address; not unique before it is verified (1.1).", secret),
		word("verified_email_index", "The same index once the address is verified; unique only then (1.1).", optional, unique, secret),
		at("email_verified_at", "Time at which the link in the mail was opened.", optional),
		sealed("pending_email", "E-mail address that will replace the present one once its link is opened, encrypted; null if none (1.1).", optional),
		word("pending_email_index", "Keyed blind index of that address; not unique, since it isn't verified.", optional, secret),
		text("password_hash", "Password hash (argon2id, PHC format).", secret),
		at("password_changed_at", "Time of the last change, for the reminder after 90 days (1.4)."),
		at("first_password_at", "Time at which somebody else generated the password. While it equals password_changed_at, the password is that one, and can be used for one sign-in within a day.", optional),
		at("first_password_used_at", "Time of that sign-in.", optional),
		at("created_at", "Time of the registration.", fixed),
	}
}

// Indexes of the entity.
func (Person) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("email_index"),
		index.Fields("name"),
	}
}
