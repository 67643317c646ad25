package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// LegalEntity is a natural or legal person, unique by country and registration
// number (1.3).
type LegalEntity struct{ ent.Schema }

// Mixin of the entity.
func (LegalEntity) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "lent"}} }

// Annotations of the entity.
func (LegalEntity) Annotations() []schema.Annotation { return []schema.Annotation{Owner("account")} }

// Fields of the entity.
func (LegalEntity) Fields() []ent.Field {
	return []ent.Field{
		enum("kind", "Kind of entity, by its register.", "NATURAL_PERSON", "MAINLAND_COMPANY", "MAINLAND_ORGANISATION", "FOREIGN_ENTITY"),
		name("name", "Name in the register."),
		word("country", "Country (ISO 3166-1 alpha-2).", fixed),
		sealed("registration_number", "Registration number, normalised and encrypted.", fixed),
		word("number_index", "Keyed blind index of country and number.", unique, fixed, secret),
		at("created_at", "Time of the first approval.", fixed),
	}
}

// Indexes of the entity.
func (LegalEntity) Indexes() []ent.Index {
	return []ent.Index{index.Fields("name")}
}
