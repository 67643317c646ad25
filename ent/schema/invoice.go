package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Invoice (fapiao) is over fees that were paid in cash and not yet invoiced
// (3.9).
type Invoice struct{ ent.Schema }

// Mixin of the entity.
func (Invoice) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "invc"}, tenant{}} }

// Annotations of the entity.
func (Invoice) Annotations() []schema.Annotation { return []schema.Annotation{Owner("invoice")} }

// Fields of the entity.
func (Invoice) Fields() []ent.Field {
	return []ent.Field{
		word("number", "Gapless within its series; set when it is issued.", optional, unique),
		word("series", "Series of the number; set when it is issued.", optional),
		enum("kind", "General or special VAT.", "GENERAL_VAT", "SPECIAL_VAT"),
		enum("medium", "Electronic or paper.", "ELECTRONIC", "PAPER"),
		name("title", "The account's legal entity.", fixed),
		sealed("tax_number", "As validated, encrypted: a person's is its identity number.", fixed),
		number("amount_minor", "How much; the sum of its items.", fixed),
		currency(),
		sealed("delivery_email", "Where it is sent.", fixed),
		enum("status", "Where it stands.", "REQUESTED", "APPROVED", "ISSUED", "REJECTED", "WITHDRAWN"),
		ref("requested_by", "Person.", fixed),
		at("requested_at", "When.", fixed),
		at("approve_by", "Approved before this instant it is issued this month (3.9).", fixed),
		at("approved_at", "When.", optional),
		ref("approved_by", "Operator.", optional),
		at("issue_from", "The first instant of the month in which it is issued."),
		at("issue_by", "The first instant after that month."),
		at("issued_at", "When.", optional),
		ref("issued_by", "Operator.", optional),
		word("zone", "Zone in which its date is told (IANA name); set when it is issued.", optional),
		name("seller_name", "Who issued it; set when it is issued.", optional),
		word("seller_number", "Its tax number; set when it is issued.", optional),
		text("reason", "Why it was rejected.", optional),
		at("decided_at", "When it was rejected or withdrawn.", optional),
	}
}

// Indexes of the entity.
func (Invoice) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "requested_at", "id"),
		index.Fields("status", "requested_at", "id"),
		index.Fields("requested_at", "id"),
	}
}
