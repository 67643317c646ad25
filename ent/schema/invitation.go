package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Invitation invites the holder of an address to work on an account (1.5). It
// is bound to that address and can be used once.
type Invitation struct{ ent.Schema }

// Mixin of the entity.
func (Invitation) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "invi"}, tenant{}} }

// Annotations of the entity.
func (Invitation) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (Invitation) Fields() []ent.Field {
	return []ent.Field{
		sealed("address", "E-mail address or phone number, encrypted.", fixed),
		word("address_index", "Keyed blind index of the address.", fixed, secret),
		enum("medium", "Kind of the address.", "EMAIL", "PHONE"),
		field.JSON("role_ids", []string{}).Immutable().Comment("The roles that the invited person receives for the whole account, without limits."),
		field.JSON("grants", []InvitedGrant{}).Optional().Immutable().Comment("All grants that the invited person receives, those of role_ids included; empty for an invitation from before grants were kept."),
		word("token_hash", "Hash of the token in the link.", fixed, unique, secret),
		enum("status", "State; a PENDING invitation has lapsed after expires_at.", "PENDING", "ACCEPTED", "REVOKED"),
		ref("invited_by", "The employee who invited, or the employee who took over from that one (1.5)."),
		at("created_at", "Creation time.", fixed),
		at("expires_at", "Time until which it can be accepted.", fixed),
		at("accepted_at", "Time of the acceptance.", optional),
		ref("accepted_by", "The employee that the acceptance created.", optional),
		at("revoked_at", "Time at which it was revoked.", optional),
	}
}

// Indexes of the entity.
func (Invitation) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "created_at", "id"),
		index.Fields("account_id", "status", "created_at", "id"),
		index.Fields("account_id", "address_index"),
	}
}
