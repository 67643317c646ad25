package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Invitation asks the holder of an address to work on an account (1.5). It is
// bound to that address, and serves once.
type Invitation struct{ ent.Schema }

// Mixin of the entity.
func (Invitation) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "invi"}, tenant{}} }

// Annotations of the entity.
func (Invitation) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (Invitation) Fields() []ent.Field {
	return []ent.Field{
		sealed("address", "E-mail address or number, encrypted.", fixed),
		word("address_index", "Keyed blind index of it.", fixed, secret),
		enum("medium", "What the address is.", "EMAIL", "PHONE"),
		field.JSON("role_ids", []string{}).Immutable().Comment("The roles that it gives."),
		word("token_hash", "Hash of the token in the link.", fixed, unique, secret),
		enum("status", "Where it stands; PENDING past expires_at has lapsed.", "PENDING", "ACCEPTED", "REVOKED"),
		ref("invited_by", "The employee that asked, or who took over from it (1.5)."),
		at("created_at", "When.", fixed),
		at("expires_at", "Until when it can be accepted.", fixed),
		at("accepted_at", "When.", optional),
		ref("accepted_by", "The employee that it made.", optional),
		at("revoked_at", "When.", optional),
	}
}

// Indexes of the entity.
func (Invitation) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "created_at", "id"),
		index.Fields("account_id", "address_index"),
	}
}
