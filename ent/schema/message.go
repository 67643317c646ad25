package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Message leaves through the outbox: written in the business transaction,
// delivered after commit, at least once.
type Message struct{ ent.Schema }

// Mixin of the entity.
func (Message) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "mesg"}} }

// Annotations of the entity.
func (Message) Annotations() []schema.Annotation { return []schema.Annotation{Owner("outbox")} }

// Fields of the entity.
func (Message) Fields() []ent.Field {
	return []ent.Field{
		enum("channel", "By which way.", "EMAIL", "SMS", "CAPTCHA"),
		sealed("recipient", "Address or number, encrypted.", fixed),
		word("recipient_index", "Keyed blind index of it.", fixed, secret),
		with(enum("purpose", "", "CODE", "EMAIL_LINK", "INVITATION"), "For what somebody had it sent; null if the provider sends it by itself.", []option{optional, fixed}),
		number("recipient_ordinal", "Its number among the messages that somebody had sent to this recipient, from 1; null for others.", optional, fixed, column("recipient_turn")),
		name("subject", "Subject line.", fixed),
		sealed("body", "Text, encrypted: it may hold a code; emptied once it has left."),
		sealed("code", "The code in it, encrypted; in the sandbox alone.", optional, fixed),
		sealed("token", "The token in it, encrypted; in the sandbox alone.", optional, fixed),
		enum("state", "Delivery.", "QUEUED", "SENT", "GAVE_UP"),
		number("attempts", "Tries so far.", zero),
		at("due_at", "Next try; wall time."),
		at("created_at", "Wall time.", fixed),
		at("sent_at", "Wall time.", optional),
	}
}

// Indexes of the entity.
func (Message) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("state", "due_at"),
		index.Fields("state", "channel", "due_at", "id"),
		index.Fields("recipient_index", "created_at", "id"),
		index.Fields("created_at", "id"),
		index.Fields("recipient_index", "recipient_ordinal").Unique(),
	}
}
