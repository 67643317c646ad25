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
		enum("kind", "Kind of entity; it decides by which register the number is checked.", "NATURAL_PERSON", "MAINLAND_COMPANY", "MAINLAND_ORGANISATION", "FOREIGN_ENTITY"),
		field.Enum("purpose").Values("ADMISSION", "RENAME").Default("ADMISSION").Immutable().
			Comment("Whether it is to be accepted as a customer (5.2), or a new name of the same legal entity (1.1)."),
		name("legal_name", "Name in the register.", fixed),
		word("country", "Country (ISO 3166-1 alpha-2).", fixed),
		sealed("registration_number", "Registration number, normalised and encrypted.", fixed),
		word("number_index", "Keyed blind index of country and number.", fixed, secret),
		word("number_warning", "What the reviewer should check: CHECK_DIGIT_KNOWN_WRONG or CHECK_DIGIT_CONFIRMED (1.3).", optional, fixed),
		enum("status", "State of the request.", "PENDING", "APPROVED", "REJECTED"),
		text("reason", "Reason for the rejection.", optional),
		ref("submitted_by", "The person who submitted it.", fixed),
		at("submitted_at", "Time of the submission.", fixed),
		ref("decided_by", "The operator who decided.", optional),
		at("decided_at", "Time of the decision.", optional),
		word("pending_key", "The account id while pending, so that an account has one pending request; null afterwards.", optional, unique),
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
