package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Application is a customer's application, which uses services.
type Application struct{ ent.Schema }

// Mixin of the entity.
func (Application) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "appl"}, tenant{}} }

// Annotations of the entity.
func (Application) Annotations() []schema.Annotation { return []schema.Annotation{Owner("service")} }

// Fields of the entity.
func (Application) Fields() []ent.Field {
	return []ent.Field{
		name("name", "Name given by the customer."),
		word("kind", "Kind of application; it decides which filings are required (4.9).", fixed),
		enum("region", "Data centre region.", "MAINLAND", "OVERSEAS"),
		enum("status", "Life cycle; restrictions are in standing.", "ACTIVE", "DELETED"),
		at("created_at", "Creation time.", fixed),
		at("deleted_at", "Deletion time; deletion closes its services (3.6).", optional),
	}
}

// Indexes of the entity.
func (Application) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "created_at", "id"),
	}
}
