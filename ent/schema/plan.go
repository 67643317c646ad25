package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Plan is a way to buy a product. Each change is a new version; orders keep
// what they were placed at (2.1).
type Plan struct{ ent.Schema }

// Mixin of the entity.
func (Plan) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "plan"}} }

// Annotations of the entity.
func (Plan) Annotations() []schema.Annotation { return []schema.Annotation{Owner("catalog")} }

// Fields of the entity.
func (Plan) Fields() []ent.Field {
	return []ent.Field{
		ref("product_id", "The product.", fixed),
		word("code", "Stable code.", unique, fixed),
		number("version", "Grows with each change.", column("revision")),
		name("name_zh", "Name in Chinese."),
		name("name_en", "Name in English."),
		text("description_zh", "Description in Chinese."),
		text("description_en", "Description in English."),
		enum("charging", "How it is paid.", "PREPAID", "METERED"),
		enum("billing_period", "Period of its bills; NONE for prepaid.", "NONE", "HOUR", "DAY", "MONTH"),
		enum("class", "Class that arrears treat it by (3.8).", "SUBSCRIPTION", "METERED", "THIRD_PARTY", "FREE", "REALTIME"),
		enum("region", "Where it can be ordered for (2.4).", "ANY", "MAINLAND", "OVERSEAS"),
		number("minimum_minor", "Available balance that opening it needs (3.3).", zero),
		currency(),
		flag("free", "Free or trial: marked on orders, no service level (9.8)."),
		flag("self_service", "Whether it can be ordered without a quotation (3.4)."),
		number("rank", "Larger plans have a larger one; for what lifts a limit.", zero),
		number("position", "Order in the list.", zero),
		field.JSON("limits", []Limit{}).Comment("What the plan is limited to (2.3)."),
		at("withdrawn_at", "From when it can't be ordered any more.", optional),
	}
}

// Indexes of the entity.
func (Plan) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("product_id", "position"),
	}
}
