// Package schema declares Portico's entities: their fields with invariants,
// indexes, owner and tenancy. It contains no behaviour and no hooks; the rules
// are in portal/.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"entgo.io/ent/schema/mixin"
	"github.com/oklog/ulid/v2"
)

// Owned names the only unit below portal/ that may write an entity. Any unit
// may read it. A test checks the source.
type Owned struct{ Unit string }

// Name is the key of the annotation in ent's graph.
func (Owned) Name() string { return "Owned" }

// Owner returns the annotation that names the unit that writes the entity.
func Owner(unit string) schema.Annotation { return Owned{Unit: unit} }

// Prefixed is the prefix of an entity's ids. node(id:) finds the type by it.
type Prefixed struct{ Prefix string }

// Name is the key of the annotation in ent's graph.
func (Prefixed) Name() string { return "Prefixed" }

// Tenanted marks an entity whose rows each belong to one account.
// ent/tenancy.go limits every read and write of it to the accounts of the
// principal.
type Tenanted struct{ Yes bool }

// Name is the key of the annotation in ent's graph.
func (Tenanted) Name() string { return "Tenanted" }

// identified gives an entity its id: a type prefix and a ULID. So ids are
// unique over all types, sort by time, and show their type.
type identified struct {
	mixin.Schema
	prefix string
}

func (m identified) Fields() []ent.Field {
	prefix := m.prefix + "_"
	return []ent.Field{
		field.String("id").Immutable().MaxLen(40).Annotations(ascii).
			DefaultFunc(func() string { return prefix + ulid.Make().String() }).
			Comment("Type prefix and ULID; it is also the Relay global id."),
	}
}

func (m identified) Annotations() []schema.Annotation {
	return []schema.Annotation{Prefixed{Prefix: m.prefix}}
}

// tenant makes an entity account-owned. If late is true, a row may belong to no
// account until its account is known.
type tenant struct {
	mixin.Schema
	late bool
}

func (t tenant) Fields() []ent.Field {
	if t.late {
		return []ent.Field{ref("account_id", "The account to which the row belongs; empty until it is known.")}
	}
	return []ent.Field{ref("account_id", "The account to which the row belongs; never changes (1.4).", fixed)}
}

func (tenant) Indexes() []ent.Index { return []ent.Index{index.Fields("account_id", "id")} }

func (tenant) Annotations() []schema.Annotation {
	return []schema.Annotation{Tenanted{Yes: true}}
}
