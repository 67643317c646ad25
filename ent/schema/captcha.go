package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Captcha is a challenge: a picture or a proof of work. It can be used for one
// attempt (1.1).
type Captcha struct{ ent.Schema }

// Mixin of the entity.
func (Captcha) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "capt"}} }

// Annotations of the entity.
func (Captcha) Annotations() []schema.Annotation { return []schema.Annotation{Owner("identity")} }

// Fields of the entity.
func (Captcha) Fields() []ent.Field {
	return []ent.Field{
		enum("purpose", "Operation for which it is required.", "REGISTER", "SIGN_IN", "RESET_PASSWORD"),
		word("further_purpose", "Purpose that earlier releases don't know: CHANGE_PHONE, beside REGISTER in purpose. Null for the others.", optional, fixed),
		field.Enum("kind").Values("PICTURE", "PROOF_OF_WORK").Default("PICTURE").Immutable().Comment("How it is solved."),
		word("answer_hash", "Value by which the answer is checked; for a picture, the keyed hash of its digits.", fixed, secret),
		at("created_at", "Creation time (wall time).", fixed),
		at("expires_at", "Expiry time (wall time).", fixed),
		at("used_at", "Time at which an answer, right or wrong, was given.", optional),
	}
}

// Indexes of the entity.
func (Captcha) Indexes() []ent.Index { return []ent.Index{index.Fields("expires_at")} }
