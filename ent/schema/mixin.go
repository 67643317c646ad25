// Package schema declares Portico's entities: fields with their invariants,
// indexes, owner and tenancy. It holds no behaviour and no hooks; the rules
// live in portal/<unit>.
package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
	"entgo.io/ent/schema/mixin"
	"github.com/oklog/ulid/v2"
)

// Owned names the one unit below portal/ that writes an entity; any unit may
// read it. A test over the source holds it.
type Owned struct{ Unit string }

// Name is the key of the annotation in ent's graph.
func (Owned) Name() string { return "Owned" }

// Owner is the annotation of the unit that alone writes the entity.
func Owner(unit string) schema.Annotation { return Owned{Unit: unit} }

// Prefixed is the prefix of an entity's ids; node(id:) finds the type by it.
type Prefixed struct{ Prefix string }

// Name is the key of the annotation in ent's graph.
func (Prefixed) Name() string { return "Prefixed" }

// Tenanted marks an entity whose rows belong to one account each; ent/tenancy.go
// narrows every read and write of it to the accounts of the principal.
type Tenanted struct{ Yes bool }

// Name is the key of the annotation in ent's graph.
func (Tenanted) Name() string { return "Tenanted" }

// identified gives an entity its id: a type prefix and a ULID, so that ids are
// global, time-ordered, and tell their type.
type identified struct {
	mixin.Schema
	prefix string
}

func (m identified) Fields() []ent.Field {
	prefix := m.prefix + "_"
	return []ent.Field{
		field.String("id").Immutable().MaxLen(40).Annotations(ascii).
			DefaultFunc(func() string { return prefix + ulid.Make().String() }).
			Comment("Type prefix and ULID; a Relay global id as it stands."),
	}
}

func (m identified) Annotations() []schema.Annotation {
	return []schema.Annotation{Prefixed{Prefix: m.prefix}}
}

// tenant makes an entity account-owned (design: tenancy). Late, its rows may be
// nobody's until their account is known.
type tenant struct {
	mixin.Schema
	late bool
}

func (t tenant) Fields() []ent.Field {
	if t.late {
		return []ent.Field{ref("account_id", "The account that the row belongs to; empty while nobody knows.")}
	}
	return []ent.Field{ref("account_id", "The account that the row belongs to; never changes (1.4).", fixed)}
}

func (tenant) Indexes() []ent.Index { return []ent.Index{index.Fields("account_id", "id")} }

func (tenant) Annotations() []schema.Annotation {
	return []schema.Annotation{Tenanted{Yes: true}}
}
