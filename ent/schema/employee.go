package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Employee is a person who works on an account (1.5).
type Employee struct{ ent.Schema }

// Mixin of the entity.
func (Employee) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "empl"}, tenant{}} }

// Annotations of the entity.
func (Employee) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (Employee) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person; never swapped for another (1.4).", fixed),
		enum("status", "Whether it still works here.", "ACTIVE", "OFFBOARDED"),
		at("joined_at", "When the invitation was accepted, or the account registered.", fixed),
		at("left_at", "When it was offboarded.", optional),
		word("active_key", "Account and person while active: once an account.", optional, unique),
	}
}

// Indexes of the entity.
func (Employee) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("person_id", "status"),
		index.Fields("account_id", "joined_at", "id"),
	}
}
