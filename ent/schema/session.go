package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Session is one sign-in of a person on one device. Its tokens rotate.
type Session struct{ ent.Schema }

// Mixin of the entity.
func (Session) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "sess"}} }

// Annotations of the entity.
func (Session) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (Session) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person who signed in.", fixed),
		at("created_at", "Time of the sign-in (wall time).", fixed),
		at("revoked_at", "Time at which it ended by signing out, a password reset, a freeze, or reuse of a refresh token.", optional),
		word("revoked_reason", "SIGNED_OUT, REVOKED, PASSWORD_RESET, PASSWORD_CHANGED, PHONE_CHANGED, EMAIL_RESTORED, REFRESH_REUSE, FROZEN, OFFBOARDED, TRANSFERRED, SECOND_FACTOR_CHANGED.", optional),
		word("address", "Network address at sign-in.", fixed),
		text("agent", "User agent at sign-in.", fixed),
		word("unfamiliar", "NETWORK or CLIENT if the person had not signed in from this network, or with this kind of client, before; null otherwise (1.4).", optional, fixed),
		at("last_used_at", "Last time at which its tokens were refreshed; null if they never were.", optional),
		at("second_factor_at", "Last time at which a second factor was passed, for step-up.", optional),
	}
}

// Indexes of the entity.
func (Session) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("person_id"),
		index.Fields("person_id", "created_at", "id"),
	}
}
