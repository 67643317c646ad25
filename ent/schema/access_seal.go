package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// AccessSeal keeps an operator's looks at an account from being shown to the
// customer, for a matter of 5.12, until it is lifted (6.2). It belongs to the
// provider: no account ever reads it.
type AccessSeal struct{ ent.Schema }

// Mixin of the entity.
func (AccessSeal) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "seal"}} }

// Annotations of the entity.
func (AccessSeal) Annotations() []schema.Annotation { return []schema.Annotation{Owner("sealed")} }

// Fields of the entity.
func (AccessSeal) Fields() []ent.Field {
	return []ent.Field{
		ref("account_id", "The account that is looked at.", fixed),
		ref("person_id", "The operator whose looks are sealed.", fixed),
		enum("ground", "The matter of 5.12.", "FRAUD_CLUE", "AUTHORITY_REQUEST"),
		word("reference", "Number of the clue or of the authority's request.", fixed),
		text("reason", "Why the customer is not to know yet.", fixed),
		at("sealed_at", "From when.", fixed),
		at("lifted_at", "When it was lifted; from then on the customer sees the looks.", optional),
		ref("lifted_by", "Operator.", optional),
		word("open_key", "Account and operator while it is in force.", optional, unique),
	}
}

// Indexes of the entity.
func (AccessSeal) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "sealed_at"),
	}
}
