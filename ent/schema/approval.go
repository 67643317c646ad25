package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// Approval is a command that was refused and waits for somebody else's decision.
// An approved command runs again, once, as the person that asked (1.5).
type Approval struct{ ent.Schema }

// Mixin of the entity.
func (Approval) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "appr"}, tenant{}} }

// Annotations of the entity.
func (Approval) Annotations() []schema.Annotation { return []schema.Annotation{Owner("approval")} }

// Fields of the entity. Its permitted transitions are the table in
// portal/kernel/approval/lifecycle.go.
func (Approval) Fields() []ent.Field {
	return []ent.Field{
		enum("status", "REQUESTED past expires_at has expired, and the job makes it EXPIRED; DONE and REFUSED are outcomes of the approved command.",
			"REQUESTED", "APPROVED", "REJECTED", "WITHDRAWN", "DONE", "REFUSED", "EXPIRED"),
		word("operation", "Name of the command.", fixed),
		ref("object_id", "Object that the command acts on: the account or a row of it.", fixed),
		ref("application_id", "Application of that object, if it has one; a grant limited to other applications doesn't reach the approval.", optional, fixed),
		with(field.Bytes("input").MaxLen(1<<16-1), "Input of the command as JSON, byte for byte, encrypted.", []option{fixed, secret}),
		word("input_hash", "SHA-256 of the input, as an idempotency key keeps it.", fixed),
		text("refusal", "JSON: the refusal that an approval lifts, as code, clause, field and parameters.", fixed),
		word("permission", "Permission that the decider must hold on the object.", fixed),
		name("summary", "What the command does, in Chinese, as those who decide read it.", optional, fixed),
		name("summary_en", "The same in English.", optional, fixed),
		number("spending", "What it costs, in minor units of the account's currency; the decider's limit must be as high. None if it costs nothing.", optional, fixed),
		text("comment", "What the person that asked adds for those who decide.", optional, fixed),
		ref("asked_by", "Person that sent the command; never the one that decides.", fixed),
		word("asked_address", "Network address that the command was sent from.", fixed),
		text("asked_agent", "User agent that the command was sent by.", fixed),
		number("second_factor_age", "Microseconds between the asker's last proof of a second factor and the request; none without such a proof.", optional, fixed),
		at("asked_at", "Time at which the command was sent.", fixed),
		at("expires_at", "Time from which it can't be decided any more.", fixed),
		ref("decided_by", "Person that approved, rejected or withdrew it.", optional),
		at("decided_at", "Time of that decision.", optional),
		text("reason", "Reason that the decider gave.", optional),
		at("lapses_at", "Its expiry while it waits, so that the job finds it; none afterwards.", optional),
		at("due_at", "Time from which the job runs an approved command that has no outcome; none otherwise.", optional),
		at("settled_at", "Time of the outcome of an approved command.", optional),
		text("outcome", "JSON: the answer of the approved command, entities as ids, or its refusals.", optional),
	}
}

// Indexes of the entity.
func (Approval) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "status", "asked_at", "id"),
		index.Fields("account_id", "asked_at", "id"),
		index.Fields("account_id", "asked_by", "asked_at", "id"),
		index.Fields("due_at", "id"),
		index.Fields("lapses_at", "id"),
	}
}
