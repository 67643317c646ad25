package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Arrears is a time during which an account owes something: from the bill that
// the balance didn't cover until everything is paid (3.8).
type Arrears struct{ ent.Schema }

// Mixin of the entity.
func (Arrears) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "arrs"}, tenant{}} }

// Annotations of the entity.
func (Arrears) Annotations() []schema.Annotation { return []schema.Annotation{Owner("billing")} }

// Fields of the entity.
func (Arrears) Fields() []ent.Field {
	return []ent.Field{
		ref("bill_id", "The bill that began it.", fixed),
		currency(),
		at("began_at", "When.", fixed),
		at("stops_at", "From when every paid service stops; later than at the beginning if it was extended, or money waited."),
		word("stop_rule", "The rule that makes that instant of began_at."),
		at("held_at", "Since when money waits that would cover what is owed: the stop doesn't advance (3.5); none while nothing does.", optional),
		at("extended_at", "When an operator last extended the days.", optional),
		ref("extended_by", "Operator.", optional),
		text("extension_reason", "The operator's; the customer sees it.", optional),
		at("ended_at", "When everything was paid.", optional),
		number("reminded", "How many reminders were sent.", zero),
		at("remind_at", "When the next reminder is due; none once all are sent or it has ended.", optional),
		word("open_key", "The account id and currency while open.", optional, unique),
	}
}

// Indexes of the entity.
func (Arrears) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("remind_at", "id"),
	}
}
