package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// LedgerTransaction is one booking: its entries sum to zero per currency.
// Append-only.
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
		word("kind", "What it books.", fixed),
		ref("subject_id", "The top-up, order or bill that it books.", fixed),
		word("cause_key", "Kind and subject: booked once.", unique, fixed),
		ref("reverses_id", "The transaction that it reverses.", optional, fixed),
		at("at", "When.", fixed),
		word("currency", "Currency of its entries; none until it is chained.", optional),
		number("balance_version", "Version that the balance row got by it, which orders the bookings of an account; none until it is chained.", optional, column("turn")),
		word("hash", "SHA-256 over it, its entries, and the hash of the booking before; none until it is chained.", optional),
		at("adopted_at", "When it was chained, if that was after it was booked.", optional),
	}
}

// Indexes of the entity.
func (LedgerTransaction) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("subject_id"),
	}
}
