package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Restriction denies an account, or a part of it, what policy.csv lists under
// its code. It is in force from since until until_at.
type Restriction struct{ ent.Schema }

// Mixin of the entity.
func (Restriction) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "rstr"}} }

// Annotations of the entity.
func (Restriction) Annotations() []schema.Annotation { return []schema.Annotation{Owner("standing")} }

// Fields of the entity.
func (Restriction) Fields() []ent.Field {
	return []ent.Field{
		word("account_id", "The restricted account; empty for all accounts (scope ALL).", fixed),
		enum("scope", "What it restricts.", "ALL", "ACCOUNT", "APPLICATION", "SERVICE", "CLASS"),
		word("target_id", "The application, service or charging class; empty otherwise.", fixed),
		word("code", "Code of the restriction in policy.csv.", fixed),
		word("clause", "The clause that it rests on.", fixed),
		ref("cause_id", "The object that caused it; it is lifted by the same cause.", fixed),
		text("reason", "The operator's reason, if one gave it.", optional, fixed),
		at("since", "Time from which it is in force; may be in the future (arrears write day 0 and day 8 at once).", fixed),
		at("until_at", "Time at which it was lifted.", optional),
		ref("lifts_id", "The row of scope ALL that this row lifts for its account.", optional, fixed),
		word("open_key", "Account, code, target and cause while open, so that restricting twice has the effect of once.", optional, unique),
	}
}

// Indexes of the entity.
func (Restriction) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "since"),
	}
}
