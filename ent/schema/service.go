package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Service is a plan running for an application. An application runs at most
// one service of a product (3.7).
type Service struct{ ent.Schema }

// Mixin of the entity.
func (Service) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "serv"}, tenant{}} }

// Annotations of the entity.
func (Service) Annotations() []schema.Annotation { return []schema.Annotation{Owner("service")} }

// Fields of the entity.
func (Service) Fields() []ent.Field {
	return []ent.Field{
		ref("application_id", "For which application.", fixed),
		ref("product_id", "Of which product.", fixed),
		ref("plan_id", "On which plan.", fixed),
		ref("order_id", "The order that opened it.", fixed),
		enum("status", "Life; what restricts it is standing.", "RUNNING", "REPLACED", "CLOSED", "EXPIRED"),
		enum("charging", "As of the plan.", "PREPAID", "METERED"),
		enum("class", "Class that arrears treat it by (3.8).", "SUBSCRIPTION", "METERED", "THIRD_PARTY", "FREE", "REALTIME"),
		field.JSON("limits", []Limit{}).Immutable().Comment("As the order fixed them (2.1)."),
		at("opened_at", "When.", fixed),
		at("expires_at", "End of the paid term; none if metered.", optional),
		number("anchor_day", "Day of the month on which its first term began, in the zone of the agreement; renewals keep to it, on the last day of a shorter month. None of what older releases opened.", optional, fixed),
		flag("auto_renew", "Whether it renews by itself (3.7)."),
		at("closed_at", "When it ended.", optional),
		word("running_key", "Application and product while running.", optional, unique),
	}
}

// Indexes of the entity.
func (Service) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "opened_at", "id"),
		index.Fields("application_id", "status"),
		index.Fields("status", "expires_at"),
	}
}
