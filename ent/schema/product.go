package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
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
		field.JSON("provider_bodies", []string{}).Optional().Comment("All contracting bodies, the first is provider_body; empty is that one alone (2.2)."),
		name("partner", "The partner that provides it, if one does (2.2).", optional),
		word("provision", "How it is provided: BY_PROVIDER, JOINTLY, WITH_PARTNER or RESOLD; none is BY_PROVIDER (2.2).", optional),
		field.JSON("domestic_countries", []string{}).Optional().Comment("Countries of entities that don't count as foreign (2.4); empty is CN, HK, MO, TW."),
		number("position", "Order in the list.", zero),
	}
}

// Indexes of the entity.
func (Product) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("position", "id"),
	}
}
