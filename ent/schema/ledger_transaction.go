package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// LedgerTransaction is one booking. Its entries sum to zero in each currency.
// It is append-only.
type LedgerTransaction struct{ ent.Schema }

// Mixin of the entity.
func (LedgerTransaction) Mixin() []ent.Mixin {
	return []ent.Mixin{identified{prefix: "ltxn"}, tenant{}}
}

// Annotations of the entity.
func (LedgerTransaction) Annotations() []schema.Annotation {
	return []schema.Annotation{Owner("ledger")}
}

// Fields of the entity.
func (LedgerTransaction) Fields() []ent.Field {
	return []ent.Field{
		word("kind", "Kind of the booking.", fixed),
		ref("subject_id", "The top-up, order or bill for which it is made.", fixed),
		word("cause_key", "Kind and subject, so that it is booked once.", unique, fixed),
		ref("reverses_id", "The transaction that it reverses.", optional, fixed),
		at("at", "Time of the booking.", fixed),
		word("currency", "Currency of its entries; null until it is chained.", optional),
		number("balance_version", "Version that the balance row got from it, which orders the bookings of an account; null until it is chained.", optional, column("turn")),
		word("hash", "SHA-256 of the booking, its entries, and the hash of the booking before; null until it is chained.", optional),
		at("adopted_at", "Time at which it was chained, if that was after it was booked.", optional),
	}
}

// Indexes of the entity.
func (LedgerTransaction) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("subject_id"),
	}
}
