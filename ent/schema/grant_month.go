package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// GrantMonth counts what was spent in one month under a grant that has a monthly
// limit (1.5). A new month begins with a row of its own.
type GrantMonth struct{ ent.Schema }

// Mixin of the entity.
func (GrantMonth) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "gmth"}, tenant{}} }

// Annotations of the entity.
func (GrantMonth) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (GrantMonth) Fields() []ent.Field {
	return []ent.Field{
		ref("grant_id", "The grant.", fixed),
		word("month", "The month in the agreement's zone, such as 2026-11.", fixed),
		number("spent", "What the orders of the month cost, in minor units of the account's currency. Changed by one conditional update for each order."),
	}
}

// Indexes of the entity.
func (GrantMonth) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("grant_id", "month").Unique(),
	}
}
