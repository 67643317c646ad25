package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Plan is one way to buy a product. Each change adds a version; orders keep
// the version at which they were placed (2.1).
type Plan struct{ ent.Schema }

// Mixin of the entity.
func (Plan) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "plan"}} }

// Annotations of the entity.
func (Plan) Annotations() []schema.Annotation { return []schema.Annotation{Owner("catalog")} }

// Fields of the entity.
func (Plan) Fields() []ent.Field {
	return []ent.Field{
		ref("product_id", "The product.", fixed),
		word("code", "Stable code of the plan.", unique, fixed),
		number("version", "Grows with each change.", column("revision")),
		name("name_zh", "Name in Chinese."),
		name("name_en", "Name in English."),
		text("description_zh", "Description in Chinese."),
		text("description_en", "Description in English."),
		enum("charging", "How it is paid.", "PREPAID", "METERED"),
		enum("billing_period", "Period of its bills; NONE for a prepaid plan.", "NONE", "HOUR", "DAY", "MONTH"),
		enum("class", "Class by which arrears treat it (3.8).", "SUBSCRIPTION", "METERED", "THIRD_PARTY", "FREE", "REALTIME"),
		enum("region", "Region for which it can be ordered (2.4).", "ANY", "MAINLAND", "OVERSEAS"),
		number("minimum_minor", "Available balance required to open it (3.3).", zero),
		currency(),
		flag("free", "Free or trial: marked on orders, without a service level (9.8)."),
		flag("self_service", "Whether it can be ordered without a quotation (3.4)."),
		number("rank", "Larger for larger plans; used to find the plan that lifts a limit.", zero),
		number("position", "Position in the list.", zero),
		field.JSON("limits", []Limit{}).Comment("Limits of the plan (2.3)."),
		at("withdrawn_at", "Time from which it can no longer be ordered.", optional),
	}
}

// Indexes of the entity.
func (Plan) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("product_id", "position"),
	}
}
