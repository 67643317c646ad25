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
		ref("person_id", "The person; never replaced by another (1.4).", fixed),
		enum("status", "Whether the employee works on the account; the grants of a suspended one stay and give nothing.", "ACTIVE", "OFFBOARDED", "SUSPENDED"),
		at("joined_at", "Time at which the invitation was accepted or the account was registered.", fixed),
		at("left_at", "Time at which the employee was offboarded.", optional),
		at("suspended_at", "Time at which the employee was suspended; none unless it is.", optional),
		ref("suspended_by", "Employee who suspended it; none unless it is suspended.", optional),
		text("suspension_reason", "Reason that was given; none unless it is suspended.", optional),
		word("active_key", "Account and person until it leaves, so that a person is employed once on an account; null afterwards.", optional, unique),
	}
}

// Indexes of the entity.
func (Employee) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("person_id", "status"),
		index.Fields("account_id", "joined_at", "id"),
		index.Fields("account_id", "status", "joined_at", "id"),
	}
}
