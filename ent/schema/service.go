package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Service is a plan that runs for an application. An application runs at most
// one service of a product (3.7).
type Service struct{ ent.Schema }

// Mixin of the entity.
func (Service) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "serv"}, tenant{}} }

// Annotations of the entity.
func (Service) Annotations() []schema.Annotation { return []schema.Annotation{Owner("service")} }

// Fields of the entity.
func (Service) Fields() []ent.Field {
	return []ent.Field{
		ref("application_id", "The application.", fixed),
		ref("product_id", "The product.", fixed),
		ref("plan_id", "The plan.", fixed),
		ref("order_id", "The order that opened it.", fixed),
		enum("status", "Life cycle; restrictions are in standing.", "RUNNING", "REPLACED", "CLOSED", "EXPIRED"),
		enum("charging", "How the plan is charged.", "PREPAID", "METERED"),
		enum("class", "Class by which arrears treat it (3.8).", "SUBSCRIPTION", "METERED", "THIRD_PARTY", "FREE", "REALTIME"),
		field.JSON("limits", []Limit{}).Immutable().Comment("Limits as fixed by the order (2.1)."),
		at("opened_at", "Time at which it was opened.", fixed),
		at("expires_at", "End of the paid term; null if metered.", optional),
		number("anchor_day", "Day of the month on which the first term began, in the zone of the agreement; renewals keep it, or use the last day of a shorter month. Null if an older release opened the service.", optional, fixed),
		flag("auto_renew", "Whether it is renewed automatically (3.7)."),
		at("closed_at", "Time at which it ended.", optional),
		word("running_key", "Application and product while running; null afterwards.", optional, unique),
	}
}

// Indexes of the entity.
func (Service) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "opened_at", "id"),
		index.Fields("application_id", "status"),
		index.Fields("application_id", "opened_at", "id"),
		index.Fields("status", "expires_at"),
	}
}
