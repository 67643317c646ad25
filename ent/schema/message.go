package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Message is a mail or short message in the outbox. It is written in the
// business transaction and delivered after the commit, at least once.
type Message struct{ ent.Schema }

// Mixin of the entity.
func (Message) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "mesg"}} }

// Annotations of the entity.
func (Message) Annotations() []schema.Annotation { return []schema.Annotation{Owner("outbox")} }

// Fields of the entity.
func (Message) Fields() []ent.Field {
	return []ent.Field{
		enum("channel", "How it is delivered.", "EMAIL", "SMS", "CAPTCHA"),
		sealed("recipient", "E-mail address or phone number, encrypted.", fixed),
		word("recipient_index", "Keyed blind index of the recipient.", fixed, secret),
		with(enum("purpose", "", "CODE", "EMAIL_LINK", "INVITATION"), "Purpose of a message that a user requested; null if the provider sends it on its own initiative.", []option{optional, fixed}),
		number("recipient_ordinal", "Number of this message among those that were requested for the recipient; null for others.", optional, fixed, column("recipient_turn")),
		name("subject", "Subject line.", fixed),
		sealed("body", "Text, encrypted because it may contain a code; emptied after delivery."),
		sealed("code", "The code in the text, encrypted; only in a sandbox.", optional, fixed),
		sealed("token", "The token in the text, encrypted; only in a sandbox.", optional, fixed),
		enum("state", "State of the delivery.", "QUEUED", "SENT", "GAVE_UP"),
		number("attempts", "Number of delivery attempts.", zero),
		at("due_at", "Time of the next attempt (wall time)."),
		at("created_at", "Creation time (wall time).", fixed),
		at("sent_at", "Time of the delivery (wall time).", optional),
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
