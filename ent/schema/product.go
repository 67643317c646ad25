package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Product is something that the provider sells (2.1).
type Product struct{ ent.Schema }

// Mixin of the entity.
func (Product) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "prod"}} }

// Annotations of the entity.
func (Product) Annotations() []schema.Annotation { return []schema.Annotation{Owner("catalog")} }

// Fields of the entity.
func (Product) Fields() []ent.Field {
	return []ent.Field{
		word("code", "Stable code of the product.", unique, fixed),
		name("name_zh", "Name in Chinese."),
		name("name_en", "Name in English."),
		text("description_zh", "Description in Chinese."),
		text("description_en", "Description in English."),
		name("provider_body", "Contracting body that provides it (2.2)."),
		field.JSON("provider_bodies", []string{}).Optional().Comment("All contracting bodies, provider_body first; if empty, only that one (2.2)."),
		name("partner", "Partner that provides it, if any (2.2).", optional),
		word("provision", "How it is provided: BY_PROVIDER, JOINTLY, WITH_PARTNER or RESOLD; null means BY_PROVIDER (2.2).", optional),
		field.JSON("domestic_countries", []string{}).Optional().Comment("Countries whose entities aren't foreign (2.4); if empty, CN, HK, MO and TW."),
		number("position", "Position in the list.", zero),
	}
}

// Indexes of the entity.
func (Product) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("position", "id"),
	}
}
