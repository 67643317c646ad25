package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Verification is a request to be accepted as a customer (5.2).
type Verification struct{ ent.Schema }

// Mixin of the entity.
func (Verification) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "vrfy"}, tenant{}} }

// Annotations of the entity.
func (Verification) Annotations() []schema.Annotation { return []schema.Annotation{Owner("account")} }

// Fields of the entity.
func (Verification) Fields() []ent.Field {
	return []ent.Field{
		enum("kind", "Which register the number is checked by.", "NATURAL_PERSON", "MAINLAND_COMPANY", "MAINLAND_ORGANISATION", "FOREIGN_ENTITY"),
		field.Enum("purpose").Values("ADMISSION", "RENAME").Default("ADMISSION").Immutable().
			Comment("To be accepted as a customer (5.2), or a new name of the same legal entity (1.1)."),
		name("legal_name", "Name in the register.", fixed),
		word("country", "ISO 3166-1 alpha-2.", fixed),
		sealed("registration_number", "Normalised number, encrypted.", fixed),
		word("number_index", "Keyed blind index of country and number.", fixed, secret),
		word("number_warning", "What the reviewer is to look at: CHECK_DIGIT_KNOWN_WRONG or CHECK_DIGIT_CONFIRMED (1.3).", optional, fixed),
		enum("status", "Where it stands.", "PENDING", "APPROVED", "REJECTED"),
		text("reason", "Why it was rejected.", optional),
		ref("submitted_by", "Person.", fixed),
		at("submitted_at", "When.", fixed),
		ref("decided_by", "Operator.", optional),
		at("decided_at", "When.", optional),
		word("pending_key", "The account id while pending: one at a time.", optional, unique),
	}
}

// Indexes of the entity.
func (Verification) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("status", "submitted_at", "id"),
		index.Fields("submitted_at", "id"),
		index.Fields("account_id", "submitted_at"),
	}
}
