package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// RecoveryCode takes the place of a second factor once, when the person can't
// use its own (1.4).
type RecoveryCode struct{ ent.Schema }

// Mixin of the entity.
func (RecoveryCode) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "rcod"}} }

// Annotations of the entity.
func (RecoveryCode) Annotations() []schema.Annotation { return []schema.Annotation{Owner("factor")} }

// Fields of the entity.
func (RecoveryCode) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person whose code it is.", fixed),
		number("ordinal", "Number of the code among the person's, from 1: there is one set of codes at a time.", fixed),
		word("code_hash", "Keyed hash of person and code.", unique, fixed, secret),
		at("created_at", "Creation time (wall time).", fixed),
		at("used_at", "Time at which it was used; a code can be used once.", optional),
	}
}

// Indexes of the entity.
func (RecoveryCode) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("person_id", "ordinal").Unique(),
	}
}
