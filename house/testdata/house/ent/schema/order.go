package schema

import "entgo.io/ent"

// Owned is an annotation.
type Owned struct{ Unit string }

// Owner names the unit that writes.
func Owner(unit string) Owned { return Owned{unit} }

// Order is an entity.
type Order struct{ ent.Schema }

// Annotations of the entity.
func (Order) Annotations() []Owned { return []Owned{Owner("order")} }

// LedgerEntry is an entity.
type LedgerEntry struct{ ent.Schema }

// Annotations of the entity.
func (LedgerEntry) Annotations() []Owned { return []Owned{Owner("ledger")} }

// Stray is an entity without an owner.
type Stray struct{ ent.Schema }
