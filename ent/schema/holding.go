package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Holding says which legal entity holds an account from when to when; append-
// only (1.3, 1.4).
type Holding struct{ ent.Schema }

// Mixin of the entity.
func (Holding) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "hold"}, tenant{}} }

// Annotations of the entity.
func (Holding) Annotations() []schema.Annotation { return []schema.Annotation{Owner("account")} }

// Fields of the entity.
func (Holding) Fields() []ent.Field {
	return []ent.Field{
		ref("legal_entity_id", "The holder.", fixed),
		at("from_at", "Since.", fixed),
		at("until_at", "Closed only by an executed three-party agreement (1.4).", optional),
		word("open_key", "The account id while open, NULL once closed: at most one open row an account.", optional, unique),
	}
}

// Indexes of the entity.
func (Holding) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("legal_entity_id"),
	}
}
