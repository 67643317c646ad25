package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// LedgerDay is the seal of a day: one hash over the chains of all accounts as
// they stood at its end, and over what was written of documents until then.
// Append-only; each is over the one before.
type LedgerDay struct{ ent.Schema }

// Mixin of the entity.
func (LedgerDay) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "lday"}} }

// Annotations of the entity.
func (LedgerDay) Annotations() []schema.Annotation { return []schema.Annotation{Owner("ledger")} }

// Fields of the entity.
func (LedgerDay) Fields() []ent.Field {
	return []ent.Field{
		word("day", "The day, in the zone of the standard agreement: YYYY-MM-DD.", unique, fixed),
		at("until_at", "The day's end: bookings before it are in.", fixed),
		at("made_before", "Documents whose ids were made before this instant of wall time are in.", fixed),
		number("chains", "How many accounts and currencies had bookings.", fixed),
		text("documents", "The documents by table, as JSON: columns, rows, hash.", fixed),
		word("previous", "Digest of the sealed day before; empty for the first.", fixed),
		word("digest", "SHA-256 over all of this.", fixed),
		at("sealed_at", "When.", fixed),
	}
}
