package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Session is one sign-in of a person on one device; its tokens rotate.
type Session struct{ ent.Schema }

// Mixin of the entity.
func (Session) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "sess"}} }

// Annotations of the entity.
func (Session) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (Session) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "Who signed in.", fixed),
		at("created_at", "When; wall time.", fixed),
		at("revoked_at", "Ended by signing out, a reset password, a freeze, or reuse of a refresh token.", optional),
		word("revoked_reason", "SIGNED_OUT, REVOKED, PASSWORD_RESET, PASSWORD_CHANGED, REFRESH_REUSE, FROZEN, OFFBOARDED, TRANSFERRED.", optional),
		word("address", "Network address at sign-in.", fixed),
		text("agent", "User agent at sign-in.", fixed),
		at("last_used_at", "Last time at which its tokens were renewed; null if they never were.", optional),
		at("second_factor_at", "Last proof of a second factor, for step-up.", optional),
	}
}

// Indexes of the entity.
func (Session) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("person_id"),
		index.Fields("person_id", "created_at", "id"),
	}
}
