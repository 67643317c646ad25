package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Holding records which legal entity holds an account, and for which period. It
// is append-only (1.3, 1.4).
type Holding struct{ ent.Schema }

// Mixin of the entity.
func (Holding) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "hold"}, tenant{}} }

// Annotations of the entity.
func (Holding) Annotations() []schema.Annotation { return []schema.Annotation{Owner("account")} }

// Fields of the entity.
func (Holding) Fields() []ent.Field {
	return []ent.Field{
		ref("legal_entity_id", "The legal entity that holds the account.", fixed),
		at("from_at", "Start of the period.", fixed),
		at("until_at", "End of the period; set only by an executed three-party agreement (1.4).", optional),
		word("open_key", "The account id while open, null once closed: an account has at most one open row.", optional, unique),
	}
}

// Indexes of the entity.
func (Holding) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("legal_entity_id"),
	}
}
