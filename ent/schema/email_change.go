package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// EmailChange is a change of a person's e-mail address that the old address can
// undo by a link (1.1).
type EmailChange struct{ ent.Schema }

// Mixin of the entity.
func (EmailChange) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "emch"}} }

// Annotations of the entity.
func (EmailChange) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (EmailChange) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person whose address changed.", fixed),
		sealed("old_email", "Address before the change, encrypted.", fixed),
		word("old_email_index", "Keyed blind index of that address.", fixed, secret),
		word("token_hash", "SHA-256 of the token that undoes the change, in hexadecimal.", unique, fixed, secret),
		at("created_at", "Time of the change (wall time).", fixed),
		at("expires_at", "Time from which it can't be undone any more (wall time).", fixed),
		at("ended_at", "Time at which this change or an earlier one was undone; null if none was.", optional),
	}
}

// Indexes of the entity.
func (EmailChange) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("person_id", "created_at", "id"),
		index.Fields("expires_at"),
	}
}
