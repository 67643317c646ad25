package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// LedgerEntry is one side of a booking. Append-only.
type LedgerEntry struct{ ent.Schema }

// Mixin of the entity.
func (LedgerEntry) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "entr"}, tenant{}} }

// Annotations of the entity.
func (LedgerEntry) Annotations() []schema.Annotation { return []schema.Annotation{Owner("ledger")} }

// Fields of the entity.
func (LedgerEntry) Fields() []ent.Field {
	return []ent.Field{
		ref("transaction_id", "The booking.", fixed),
		word("kind", "Of the booking.", fixed),
		ref("subject_id", "Of the booking.", fixed),
		word("book", "CASH, BONUS, SUSPENSE, RECEIVABLE of the customer; CLEARING:channel, REVENUE, PROMOTION of the provider.", fixed),
		flag("customer_side", "Whether the customer sees it.", fixed),
		number("amount_minor", "Signed change of the customer's book; of a provider's book the same with the sign that balances.", fixed),
		currency(),
		number("balance_after_minor", "The customer's book after it; 0 on the provider's side.", fixed),
		number("position", "Version that the balance row got by the booking, times 16, and the place in the booking: orders the entries of an account.", fixed, column("turn")),
		at("at", "When.", fixed),
	}
}

// Indexes of the entity.
func (LedgerEntry) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "customer_side", "position"),
		index.Fields("transaction_id"),
		index.Fields("book"),
	}
}
