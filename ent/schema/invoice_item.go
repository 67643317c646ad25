package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// InvoiceItem is the part of a fee that an invoice covers.
type InvoiceItem struct{ ent.Schema }

// Mixin of the entity.
func (InvoiceItem) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "invt"}, tenant{}} }

// Annotations of the entity.
func (InvoiceItem) Annotations() []schema.Annotation { return []schema.Annotation{Owner("invoice")} }

// Fields of the entity.
func (InvoiceItem) Fields() []ent.Field {
	return []ent.Field{
		ref("invoice_id", "The invoice.", fixed),
		ref("fee_id", "The fee.", fixed),
		ref("subject_id", "The order or bill that the fee paid.", fixed),
		word("number", "Number of that order or bill as printed; null if an older release made the request.", optional, fixed),
		text("description", "Description as printed, in Chinese; null if an older release made the request.", optional, fixed),
		number("amount_minor", "Amount of the fee that is covered.", fixed),
		currency(),
	}
}

// Indexes of the entity.
func (InvoiceItem) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("invoice_id", "id"),
	}
}
