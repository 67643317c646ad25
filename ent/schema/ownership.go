package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// Ownership says who owns an account from when to when; append-only, one open
// row an account (1.5).
type Ownership struct{ ent.Schema }

// Mixin of the entity.
func (Ownership) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "ownr"}, tenant{}} }

// Annotations of the entity.
func (Ownership) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (Ownership) Fields() []ent.Field {
	return []ent.Field{
		ref("employee_id", "The owner.", fixed),
		at("from_at", "Since.", fixed),
		at("until_at", "Closed only by an executed three-party agreement (1.4).", optional),
		word("open_key", "The account id while open, NULL once closed.", optional, unique),
		number("version", "Grows with each change of the account's staff and roles; the conditional update on it serialises them.", zero, column("revision")),
	}
}
