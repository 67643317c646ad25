package account

import (
	"io"

	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/verification"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
)

// RegisterInput: for register (1.1).
type RegisterInput struct {
	// The number that the code was sent to.
	Phone string `json:"phone"`
	// The code: 6 digits.
	Code string `json:"code"`
	// The password: 10 to 128 characters, judged by an estimator.
	Password string `json:"password"`
	// What the person is called, at most 200 characters.
	PersonName string `json:"personName"`
	// What the company is called, at most 200 characters.
	CompanyName string `json:"companyName"`
	// E-mail address; a link to verify it is sent.
	Email string `json:"email"`
	// The kind of subject that the registrant acts for (1.2).
	SubjectKind account.SubjectKind `json:"subjectKind"`
	// Declares full civil capacity (1.2); must be true.
	DeclaresFullCapacity bool `json:"declaresFullCapacity"`
	// Declares compliance with export control (8); must be true.
	ExportDeclaration bool `json:"exportDeclaration"`
	// The current version of every document of the agreement (0).
	AcceptedTermsIDs []string `json:"acceptedTermsIds"`
	// How the tokens are delivered; nil is BEARER (1.4).
	Delivery *identity.SessionDelivery `json:"delivery"`
}

// RegisterPayload is the answer of register.
type RegisterPayload struct {
	clause.Answer
	command.Becomes `json:"-"`
	// The session that begins.
	identity.Delivered
	// The account that was opened.
	Account *db.Account `json:"account"`
}

// OpenAccountInput is the input of openAccount (1.3).
type OpenAccountInput struct {
	// Name of the company, at most 200 characters.
	CompanyName string `json:"companyName"`
	// The kind of subject that the person acts for (1.2).
	SubjectKind account.SubjectKind `json:"subjectKind"`
	// Declares full civil capacity (1.2); must be true.
	DeclaresFullCapacity bool `json:"declaresFullCapacity"`
	// Declares compliance with export control (8); must be true.
	ExportDeclaration bool `json:"exportDeclaration"`
	// The version in force of every document of the agreement (0).
	AcceptedTermsIDs []string `json:"acceptedTermsIds"`
}

// OpenAccountPayload is the answer of openAccount.
type OpenAccountPayload struct {
	clause.Answer
	command.Becomes `json:"-"`
	// The account that was opened.
	Account *db.Account `json:"account"`
}

// RegisterByInvitationInput is the input of registerByInvitation.
type RegisterByInvitationInput struct {
	// The token from the invitation.
	Token string `json:"token"`
	// What the person is called, at most 200 characters.
	PersonName string `json:"personName"`
	// The password: 10 to 128 characters, judged by an estimator.
	Password string `json:"password"`
	// The person's number; needed if the invitation went to an e-mail address.
	Phone *string `json:"phone"`
	// The code that was sent to that number for REGISTER.
	Code *string `json:"code"`
	// The person's e-mail address; needed if the invitation went to a number.
	Email *string `json:"email"`
	// Declares full civil capacity (1.2); must be true.
	DeclaresFullCapacity bool `json:"declaresFullCapacity"`
	// The current version of every document of the agreement (0).
	AcceptedTermsIDs []string `json:"acceptedTermsIds"`
	// How the tokens are delivered; nil is BEARER (1.4).
	Delivery *identity.SessionDelivery `json:"delivery"`
}

// RegisterByInvitationPayload is the answer of registerByInvitation.
type RegisterByInvitationPayload struct {
	clause.Answer
	command.Becomes `json:"-"`
	// The session that begins.
	identity.Delivered
	// The newcomer as an employee.
	Employee *db.Employee `json:"employee"`
}

// UpdateAccountInput is the input of updateAccount.
type UpdateAccountInput struct {
	// Which account.
	AccountID string `json:"accountId"`
	// The name that only the account's own people see, at most 60 characters;
	// empty removes it.
	DisplayName string `json:"displayName"`
}

// UpdateAccountPayload is the answer of updateAccount.
type UpdateAccountPayload struct {
	clause.Answer
	// The account.
	Account *db.Account `json:"account"`
}

// SubmitVerificationInput is the input of submitVerification.
type SubmitVerificationInput struct {
	// For which account.
	AccountID string `json:"accountId"`
	// The kind of register.
	Kind verification.Kind `json:"kind"`
	// Name in the register, at most 200 characters.
	LegalName string `json:"legalName"`
	// ISO 3166-1 alpha-2.
	Country string `json:"country"`
	// Number in the register.
	RegistrationNumber string `json:"registrationNumber"`
	// Declares that the certificate shows this number, although its check digit
	// doesn't match.
	ConfirmsNumber bool `json:"confirmsNumber"`
	// Scans: PDF, PNG or JPEG, at most 10 of 10 MiB each.
	Documents []Upload `json:"documents"`
}

// Warning is something that the reviewer of a verification must check.
type Warning string

// The warnings.
const (
	// CheckDigitKnownWrong: the number is from a series whose check digits are
	// known to be wrong.
	CheckDigitKnownWrong Warning = "CHECK_DIGIT_KNOWN_WRONG"
	// CheckDigitConfirmed: the check digit doesn't match, and the customer
	// declared that the certificate shows this number.
	CheckDigitConfirmed Warning = "CHECK_DIGIT_CONFIRMED"
)

// kept returns the warning as it is stored, nil for none.
func (w Warning) kept() *string {
	if w == "" {
		return nil
	}
	s := string(w)
	return &s
}

// Warnings returns what the reviewer of a verification must check.
func Warnings(v *db.Verification) []Warning {
	if v.NumberWarning == nil {
		return []Warning{}
	}
	return []Warning{Warning(*v.NumberWarning)}
}

// SubmitVerificationPayload is the answer of submitVerification.
type SubmitVerificationPayload struct {
	clause.Answer
	// The request.
	Verification *db.Verification `json:"verification"`
}

// ReviewVerificationInput is the input of reviewVerification.
type ReviewVerificationInput struct {
	// Which.
	VerificationID string `json:"verificationId"`
	// Yes or no.
	Decision ReviewDecision `json:"decision"`
	// Required to reject; shown to the customer.
	Reason *string `json:"reason"`
}

// ReviewVerificationPayload is the answer of reviewVerification.
type ReviewVerificationPayload struct {
	clause.Answer
	// The request.
	Verification *db.Verification `json:"verification"`
}

// Upload is a file that a caller sent.
type Upload struct {
	// Name is the file's name as given.
	Name string
	// Size in bytes.
	Size int64
	// Body holds the bytes.
	Body io.ReadSeeker `json:"-"`
	// Digest is the SHA-256 of the content in hex; it replaces the content in the
	// hash of an idempotent input.
	Digest string
}

// ReviewDecision is what an operator decides.
type ReviewDecision string

// The decisions.
const (
	Approve ReviewDecision = "APPROVE"
	Reject  ReviewDecision = "REJECT"
)
