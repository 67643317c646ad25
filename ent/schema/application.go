package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Application is a product of the customer that uses services.
type Application struct{ ent.Schema }

// Mixin of the entity.
func (Application) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "appl"}, tenant{}} }

// Annotations of the entity.
func (Application) Annotations() []schema.Annotation { return []schema.Annotation{Owner("service")} }

// Fields of the entity.
func (Application) Fields() []ent.Field {
	return []ent.Field{
		name("name", "What the customer calls it."),
		word("kind", "What it is; decides the filings it needs (4.9).", fixed),
		enum("region", "Data centre.", "MAINLAND", "OVERSEAS"),
		enum("status", "Life; what restricts it is standing.", "ACTIVE", "DELETED"),
		at("created_at", "When.", fixed),
		at("deleted_at", "When; deleting closes its services (3.6).", optional),
	}
}

// Indexes of the entity.
func (Application) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "created_at", "id"),
	}
}
