package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Balance is the customer's side of the ledger: one row for each account and
// currency, changed by one conditional UPDATE.
type Balance struct{ ent.Schema }

// Mixin of the entity.
func (Balance) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "blnc"}, tenant{}} }

// Annotations of the entity.
func (Balance) Annotations() []schema.Annotation { return []schema.Annotation{Owner("ledger")} }

// Fields of the entity.
func (Balance) Fields() []ent.Field {
	return []ent.Field{
		currency(),
		number("cash_minor", "Cash paid in and not yet spent.", zero),
		number("bonus_minor", "Bonus given and not yet spent; never invoiced or refunded (5.10).", zero),
		number("held_minor", "Reserved amount; cash + bonus - held is available.", zero),
		number("suspense_minor", "Money paid in that waits for an operator's decision (3.5).", zero),
		number("receivable_minor", "Amount owed: arrears (3.8).", zero),
		number("version", "Grows with each change; the condition of the UPDATE.", zero, column("turn")),
		word("head", "Hash of the last chained booking; empty before the first.", blank),
		number("head_version", "Version of the last chained booking; less than version while bookings wait to be chained.", zero, column("head_turn")),
	}
}

// Indexes of the entity.
func (Balance) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "currency").Unique(),
	}
}
