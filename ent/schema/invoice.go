package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Invoice (fapiao) covers fees that were paid in cash and not yet invoiced
// (3.9).
type Invoice struct{ ent.Schema }

// Mixin of the entity.
func (Invoice) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "invc"}, tenant{}} }

// Annotations of the entity.
func (Invoice) Annotations() []schema.Annotation { return []schema.Annotation{Owner("invoice")} }

// Fields of the entity.
func (Invoice) Fields() []ent.Field {
	return []ent.Field{
		word("number", "Number without gaps within its series; set at issue.", optional, unique),
		word("series", "Series of the number; set at issue.", optional),
		enum("kind", "General or special VAT invoice.", "GENERAL_VAT", "SPECIAL_VAT"),
		enum("medium", "Electronic or on paper.", "ELECTRONIC", "PAPER"),
		name("title", "Name of the account's legal entity.", fixed),
		sealed("tax_number", "Tax number as validated, encrypted; for a natural person it is the identity number.", fixed),
		number("amount_minor", "Sum of its items.", fixed),
		currency(),
		sealed("delivery_email", "E-mail address to which it is sent.", fixed),
		enum("status", "State of the invoice.", "REQUESTED", "APPROVED", "ISSUED", "REJECTED", "WITHDRAWN"),
		ref("requested_by", "The person who requested it.", fixed),
		at("requested_at", "Time of the request.", fixed),
		at("approve_by", "Time before which it must be approved to be issued in the current month (3.9).", fixed),
		at("approved_at", "Time of the approval.", optional),
		ref("approved_by", "The operator who approved it.", optional),
		at("issue_from", "First instant of the month in which it is issued."),
		at("issue_by", "First instant after that month."),
		at("issued_at", "Time of issue.", optional),
		ref("issued_by", "The operator who issued it.", optional),
		word("zone", "Time zone of its date (IANA name); set at issue.", optional),
		name("seller_name", "Name of the issuer; set at issue.", optional),
		word("seller_number", "Tax number of the issuer; set at issue.", optional),
		text("reason", "Reason for the rejection.", optional),
		at("decided_at", "Time at which it was rejected or withdrawn.", optional),
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
