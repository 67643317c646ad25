package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// AccessSeal hides an operator's accesses to an account from the customer, for
// a matter of clause 5.12, until it is lifted (6.2). It belongs to the
// provider: no account can read it.
type AccessSeal struct{ ent.Schema }

// Mixin of the entity.
func (AccessSeal) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "seal"}} }

// Annotations of the entity.
func (AccessSeal) Annotations() []schema.Annotation { return []schema.Annotation{Owner("sealed")} }

// Fields of the entity.
func (AccessSeal) Fields() []ent.Field {
	return []ent.Field{
		ref("account_id", "The account whose data was accessed.", fixed),
		ref("person_id", "The operator whose accesses are sealed.", fixed),
		enum("ground", "The kind of matter of clause 5.12.", "FRAUD_CLUE", "AUTHORITY_REQUEST"),
		word("reference", "Number of the clue or of the authority's request.", fixed),
		text("reason", "Why the customer must not know yet.", fixed),
		at("sealed_at", "Time from which the seal is in force.", fixed),
		at("lifted_at", "Time at which it was lifted; from then on the customer sees the accesses.", optional),
		ref("lifted_by", "The operator who lifted it.", optional),
		word("open_key", "Account and operator while the seal is in force; null afterwards.", optional, unique),
	}
}

// Indexes of the entity.
func (AccessSeal) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "sealed_at"),
	}
}
