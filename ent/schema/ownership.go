package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// Ownership records who owns an account, and for which period. It is
// append-only; an account has one open row (1.5).
type Ownership struct{ ent.Schema }

// Mixin of the entity.
func (Ownership) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "ownr"}, tenant{}} }

// Annotations of the entity.
func (Ownership) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (Ownership) Fields() []ent.Field {
	return []ent.Field{
		ref("employee_id", "The employee who is the owner.", fixed),
		at("from_at", "Start of the period.", fixed),
		at("until_at", "End of the period; set when an employee of the same legal entity accepts the ownership (1.5), or by an executed three-party agreement (1.4).", optional),
		word("open_key", "The account id while open; null once closed.", optional, unique),
		number("version", "Grows with each change of the account's staff and roles, and serialises them.", zero, column("revision")),
	}
}
