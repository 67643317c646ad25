package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Product is what the provider sells (2.1).
type Product struct{ ent.Schema }

// Mixin of the entity.
func (Product) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "prod"}} }

// Annotations of the entity.
func (Product) Annotations() []schema.Annotation { return []schema.Annotation{Owner("catalog")} }

// Fields of the entity.
func (Product) Fields() []ent.Field {
	return []ent.Field{
		word("code", "Stable code.", unique, fixed),
		name("name_zh", "Name in Chinese."),
		name("name_en", "Name in English."),
		text("description_zh", "Description in Chinese."),
		text("description_en", "Description in English."),
		name("provider_body", "The contracting body that provides it (2.2)."),
		name("partner", "The partner that provides it, if one does (2.2).", optional),
		number("position", "Order in the list.", zero),
	}
}

// Indexes of the entity.
func (Product) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("position", "id"),
	}
}
