package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// LedgerDay is the seal of a day: a hash of the chains of all accounts at the
// end of the day, and of the documents written until then. It is append-only,
// and each one includes the digest of the one before.
type LedgerDay struct{ ent.Schema }

// Mixin of the entity.
func (LedgerDay) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "lday"}} }

// Annotations of the entity.
func (LedgerDay) Annotations() []schema.Annotation { return []schema.Annotation{Owner("ledger")} }

// Fields of the entity.
func (LedgerDay) Fields() []ent.Field {
	return []ent.Field{
		word("day", "The day, in the zone of the standard agreement: YYYY-MM-DD.", unique, fixed),
		at("until_at", "End of the day: earlier bookings are included.", fixed),
		at("made_before", "Documents whose ids were made before this instant (wall time) are included.", fixed),
		number("chains", "Number of accounts and currencies with bookings.", fixed),
		text("documents", "JSON of the documents by table: columns, rows, hash.", fixed),
		word("previous", "Digest of the sealed day before; empty for the first.", fixed),
		word("digest", "SHA-256 of all other fields.", fixed),
		at("sealed_at", "Time at which it was sealed.", fixed),
	}
}
