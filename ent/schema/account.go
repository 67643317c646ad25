package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Account is a customer of the provider.
type Account struct{ ent.Schema }

// Mixin of the entity.
func (Account) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "acct"}} }

// Annotations of the entity.
func (Account) Annotations() []schema.Annotation { return []schema.Annotation{Owner("account")} }

// Fields of the entity.
func (Account) Fields() []ent.Field {
	return []ent.Field{
		word("number", "Nine digits, the number that people quote.", unique, fixed),
		name("name", "The company name given at registration."),
		name("display_name", "What its own people call it; for nobody else.", optional),
		enum("status", "Life of the account; what restricts it is standing.", "PENDING", "ACTIVE", "TERMINATING", "TERMINATED"),
		enum("subject_kind", "For which kind of subject the registrant acts (1.2).", "NATURAL_PERSON", "LEGAL_PERSON", "OTHER_ORGANISATION"),
		currency(),
		at("created_at", "When it was registered.", fixed),
	}
}

// Indexes of the entity.
func (Account) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("created_at", "id"),
	}
}
