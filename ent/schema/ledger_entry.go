package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// LedgerEntry is one side of a booking. It is append-only.
type LedgerEntry struct{ ent.Schema }

// Mixin of the entity.
func (LedgerEntry) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "entr"}, tenant{}} }

// Annotations of the entity.
func (LedgerEntry) Annotations() []schema.Annotation { return []schema.Annotation{Owner("ledger")} }

// Fields of the entity.
func (LedgerEntry) Fields() []ent.Field {
	return []ent.Field{
		ref("transaction_id", "The booking.", fixed),
		word("kind", "Kind of the booking.", fixed),
		ref("subject_id", "Subject of the booking.", fixed),
		word("book", "Book: CASH, BONUS, SUSPENSE or RECEIVABLE of the customer; CLEARING:channel, REVENUE or PROMOTION of the provider.", fixed),
		flag("customer_side", "Whether the customer sees the entry.", fixed),
		number("amount_minor", "Signed change of a customer's book; in a provider's book, with the sign that makes the booking balance.", fixed),
		currency(),
		number("balance_after_minor", "Balance of the customer's book afterwards; 0 on the provider's side.", fixed),
		number("position", "Version of the balance row, then position: the order within an account.", fixed, column("turn")),
		at("at", "Time of the booking.", fixed),
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
