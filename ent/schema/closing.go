package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Closing is the end of the agreement with an account: from the instant at
// which its services stop, through the settlement, to the retention of its data
// (0).
type Closing struct{ ent.Schema }

// Mixin of the entity.
func (Closing) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "clsg"}, tenant{}} }

// Annotations of the entity.
func (Closing) Annotations() []schema.Annotation { return []schema.Annotation{Owner("closing")} }

// Fields of the entity.
func (Closing) Fields() []ent.Field {
	return []ent.Field{
		enum("reason", "Why the agreement ends.", "TERMS_DECLINED"),
		ref("terms_id", "The version of the document that was declined; empty if none was.", fixed),
		ref("requested_by", "The person who requested it.", fixed),
		at("started_at", "Time at which the services stopped.", fixed),
		at("due_at", "Time at which the job next checks what remains to be settled; null once all is settled.", optional),
		at("settled_at", "Time at which everything was billed and paid; retention begins then (5.6).", optional),
		word("address", "Network address of the request.", fixed),
		text("agent", "User agent of the request.", fixed),
		word("account_key", "The account id, so that an account is closed once.", fixed, unique),
	}
}

// Indexes of the entity.
func (Closing) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("due_at", "id"),
	}
}
