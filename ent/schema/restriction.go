package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Restriction forbids an account, or a part of it, what policy.csv lists under
// its code. Rows that are due now are in force.
type Restriction struct{ ent.Schema }

// Mixin of the entity.
func (Restriction) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "rstr"}} }

// Annotations of the entity.
func (Restriction) Annotations() []schema.Annotation { return []schema.Annotation{Owner("standing")} }

// Fields of the entity.
func (Restriction) Fields() []ent.Field {
	return []ent.Field{
		word("account_id", "Whose; empty for everyone (scope ALL).", fixed),
		enum("scope", "What it restricts.", "ALL", "ACCOUNT", "APPLICATION", "SERVICE", "CLASS"),
		word("target_id", "The application, service or charging class; empty otherwise.", fixed),
		word("code", "Restriction of policy.csv.", fixed),
		word("clause", "The clause that it rests on.", fixed),
		ref("cause_id", "What caused it; it is lifted by the same cause.", fixed),
		text("reason", "In an operator's words, where one gave them.", optional, fixed),
		at("since", "In force from; may lie ahead (arrears write day 0 and day 8 at once).", fixed),
		at("until_at", "Lifted at, if it was.", optional),
		ref("lifts_id", "The row of scope ALL that this one lifts for its account.", optional, fixed),
		word("open_key", "Account, code, target and cause while open: restricting twice is once.", optional, unique),
	}
}

// Indexes of the entity.
func (Restriction) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "since"),
	}
}
