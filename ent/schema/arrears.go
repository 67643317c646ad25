package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Arrears is a period during which an account owes money: from the bill that
// the balance didn't cover until everything is paid (3.8).
type Arrears struct{ ent.Schema }

// Mixin of the entity.
func (Arrears) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "arrs"}, tenant{}} }

// Annotations of the entity.
func (Arrears) Annotations() []schema.Annotation { return []schema.Annotation{Owner("billing")} }

// Fields of the entity.
func (Arrears) Fields() []ent.Field {
	return []ent.Field{
		ref("bill_id", "The bill with which it began.", fixed),
		currency(),
		at("began_at", "Time at which it began.", fixed),
		at("stops_at", "Time from which every paid service stops; it is later than at the beginning if an operator extended it or a payment was pending."),
		word("stop_rule", "Rule by which stops_at is computed from began_at."),
		at("held_at", "Time since which a pending payment would cover what is owed, so that the stop is postponed (3.5); null if there is none.", optional),
		at("extended_at", "Time at which an operator last extended it.", optional),
		ref("extended_by", "The operator who extended it.", optional),
		text("extension_reason", "The operator's reason; the customer sees it.", optional),
		at("ended_at", "Time at which everything was paid.", optional),
		number("reminded", "Number of reminders sent.", zero),
		at("remind_at", "Time of the next reminder; null once all are sent or it has ended.", optional),
		word("open_key", "Account id and currency while open; null afterwards.", optional, unique),
	}
}

// Indexes of the entity.
func (Arrears) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("remind_at", "id"),
	}
}
