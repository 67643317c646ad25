package staff

import (
	"portico/clause"
	"portico/ent/db"
	"portico/portal/kernel/command"
)

// OfferOwnershipInput is the input of offerOwnership.
type OfferOwnershipInput struct {
	// The employee who is to own the account.
	EmployeeID string `json:"employeeId"`
}

// OfferOwnershipPayload is the answer of offerOwnership.
type OfferOwnershipPayload struct {
	clause.Answer
	// The offer.
	Offer *db.OwnershipOffer `json:"offer"`
}

// AcceptOwnershipInput is the input of acceptOwnership.
type AcceptOwnershipInput struct {
	// The offer.
	OfferID string `json:"offerId"`
}

// AcceptOwnershipPayload is the answer of acceptOwnership.
type AcceptOwnershipPayload struct {
	clause.Answer
	command.Becomes `json:"-"`
	// The account, which the caller owns.
	Account *db.Account `json:"account"`
}

// WithdrawOwnershipOfferInput is the input of withdrawOwnershipOffer.
type WithdrawOwnershipOfferInput struct {
	// The offer.
	OfferID string `json:"offerId"`
}

// WithdrawOwnershipOfferPayload is the answer of withdrawOwnershipOffer.
type WithdrawOwnershipOfferPayload struct {
	clause.Answer
	// The offer.
	Offer *db.OwnershipOffer `json:"offer"`
}
