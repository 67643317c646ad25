package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// PhoneCode is a code of six digits sent to a phone number (1.1).
type PhoneCode struct{ ent.Schema }

// Mixin of the entity.
func (PhoneCode) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "pcod"}} }

// Annotations of the entity.
func (PhoneCode) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (PhoneCode) Fields() []ent.Field {
	return []ent.Field{
		word("phone_index", "Keyed blind index of the phone number.", fixed, secret),
		word("address_index", "Keyed blind index of the network address of the request.", fixed, secret),
		enum("purpose", "Operation for which it proves the number.", "REGISTER", "SIGN_IN", "RESET_PASSWORD"),
		word("further_purpose", "Purpose that earlier releases don't know: CHANGE_PHONE, beside REGISTER in purpose. Null for the others.", optional, fixed),
		word("code_hash", "Keyed hash of the code.", fixed, secret),
		at("created_at", "Creation time (wall time).", fixed),
		at("expires_at", "Expiry time (wall time).", fixed),
		number("wrong_tries", "Number of wrong attempts; the code is invalid after five (1.1).", zero),
		at("used_at", "Time at which it was used; a code can be used once.", optional),
	}
}

// Indexes of the entity.
func (PhoneCode) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("phone_index", "created_at"),
		index.Fields("expires_at"),
		index.Fields("address_index", "created_at"),
	}
}
