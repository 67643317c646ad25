package agreement

import (
	"portico/clause"
	"portico/ent/db"
)

// AcceptTermsInput is the input of acceptTerms.
type AcceptTermsInput struct {
	// For which account.
	AccountID string `json:"accountId"`
	// Which version.
	TermsID string `json:"termsId"`
}

// AcceptTermsPayload is the answer of acceptTerms.
type AcceptTermsPayload struct {
	clause.Answer
	// The record.
	Acceptance *db.Acceptance `json:"acceptance"`
}
