package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// OwnershipOffer offers the ownership of an account to one of its employees, within
// the legal entity that holds the account (1.5). An account has one pending offer.
type OwnershipOffer struct{ ent.Schema }

// Mixin of the entity.
func (OwnershipOffer) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "ofer"}, tenant{}} }

// Annotations of the entity.
func (OwnershipOffer) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity. Its permitted transitions are the table in
// portal/access/staff/ownership_offer.go.
func (OwnershipOffer) Fields() []ent.Field {
	return []ent.Field{
		ref("employee_id", "The employee that it is made to.", fixed),
		ref("offered_by", "The employee who owned the account and made it.", fixed),
		enum("status", "PENDING past expires_at has expired, and becomes EXPIRED when another offer takes its place; VOID if the employee left or was suspended.",
			"PENDING", "ACCEPTED", "DECLINED", "WITHDRAWN", "VOID", "EXPIRED"),
		at("offered_at", "Time at which it was made.", fixed),
		at("expires_at", "Time from which it can't be accepted any more.", fixed),
		at("ended_at", "Time at which it was accepted, declined, withdrawn or voided.", optional),
		word("open_key", "The account id while it is pending; null afterwards.", optional, unique),
	}
}
