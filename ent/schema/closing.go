package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Closing is the end of the agreement with an account: from the instant at which
// its services stop, through what is settled, to the retention of its data (0).
type Closing struct{ ent.Schema }

// Mixin of the entity.
func (Closing) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "clsg"}, tenant{}} }

// Annotations of the entity.
func (Closing) Annotations() []schema.Annotation { return []schema.Annotation{Owner("closing")} }

// Fields of the entity.
func (Closing) Fields() []ent.Field {
	return []ent.Field{
		enum("reason", "Why the agreement ends.", "TERMS_DECLINED"),
		ref("terms_id", "The version that was declined; empty if none was.", fixed),
		ref("requested_by", "Person.", fixed),
		at("started_at", "When the services stopped.", fixed),
		at("due_at", "When the job next looks at what is left to settle; none once all is.", optional),
		at("settled_at", "When everything was billed and paid; retention begins (5.6).", optional),
		word("address", "Network address.", fixed),
		text("agent", "User agent.", fixed),
		word("account_key", "The account id: an account is closed once.", fixed, unique),
	}
}

// Indexes of the entity.
func (Closing) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("due_at", "id"),
	}
}
