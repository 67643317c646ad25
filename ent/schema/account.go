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
		word("number", "Number that people quote, nine digits.", unique, fixed),
		name("name", "Company name given at registration."),
		name("display_name", "Name that the customer's own staff see; nobody else sees it.", optional),
		enum("status", "Life cycle of the account; restrictions are in standing.", "PENDING", "ACTIVE", "TERMINATING", "TERMINATED"),
		enum("subject_kind", "Kind of subject for which the registrant acts (1.2).", "NATURAL_PERSON", "LEGAL_PERSON", "OTHER_ORGANISATION"),
		currency(),
		at("created_at", "Time of the registration.", fixed),
	}
}

// Indexes of the entity.
func (Account) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("created_at", "id"),
	}
}
