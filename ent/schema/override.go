package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Override is a figure that a signed agreement sets for one account (13.3).
type Override struct{ ent.Schema }

// Mixin of the entity.
func (Override) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "ovrd"}, tenant{}} }

// Annotations of the entity.
func (Override) Annotations() []schema.Annotation { return []schema.Annotation{Owner("agreement")} }

// Fields of the entity.
func (Override) Fields() []ent.Field {
	return []ent.Field{
		word("figure", "Name of the figure.", fixed),
		word("value", "Its value in the figure's own notation.", fixed),
		word("agreement", "Number of the signed agreement.", fixed),
		at("from_at", "From when.", fixed),
		at("until_at", "Until when, if it ends.", optional),
		ref("recorded_by", "Operator.", fixed),
		at("recorded_at", "When.", fixed),
	}
}

// Indexes of the entity.
func (Override) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "figure", "from_at"),
	}
}
