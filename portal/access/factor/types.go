package factor

import (
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/portal/access/identity"
)

// Totp is a secret of time-based codes that isn't confirmed; it is shown once.
type Totp struct {
	// ID is that of the second factor, for confirmTotp.
	ID string
	// Secret is in base32.
	Secret string
	// URI is an otpauth URI, and QRCode its picture as a data URL (PNG).
	URI, QRCode string
	// ExpiresAt is when it can't be confirmed any more; wall time.
	ExpiresAt time.Time
}

// AddTotpInput is the input of addTotp.
type AddTotpInput struct {
	// A name for the factor, at most 200 characters.
	Name *string `json:"name"`
	// The present password; required of a person without a second factor.
	CurrentPassword *string `json:"currentPassword"`
}

// AddTotpPayload is the answer of addTotp.
type AddTotpPayload struct {
	clause.Answer
	// The secret to put into an app.
	Totp *Totp `json:"totp"`
}

// ConfirmTotpInput is the input of confirmTotp.
type ConfirmTotpInput struct {
	// The factor that addTotp created.
	SecondFactorID string `json:"secondFactorId"`
	// A code of the app: 6 digits.
	Code string `json:"code"`
}

// ConfirmTotpPayload is the answer of confirmTotp.
type ConfirmTotpPayload struct {
	clause.Answer
	// The confirmed factor.
	SecondFactor *db.SecondFactor `json:"secondFactor"`
	// The recovery codes that come with the first factor; nil with a further one.
	RecoveryCodes []string `json:"recoveryCodes"`
}

// RemoveSecondFactorInput is the input of removeSecondFactor.
type RemoveSecondFactorInput struct {
	// Which factor.
	SecondFactorID string `json:"secondFactorId"`
}

// RemoveSecondFactorPayload is the answer of removeSecondFactor.
type RemoveSecondFactorPayload struct {
	clause.Answer
	// The id of the factor that was removed.
	RemovedSecondFactorID *string `json:"removedSecondFactorId"`
}

// ReplaceRecoveryCodesInput is the input of replaceRecoveryCodes.
type ReplaceRecoveryCodesInput struct {
	// Confirms that the present codes become invalid.
	Confirm bool `json:"confirm"`
}

// ReplaceRecoveryCodesPayload is the answer of replaceRecoveryCodes.
type ReplaceRecoveryCodesPayload struct {
	clause.Answer
	// The new codes.
	RecoveryCodes []string `json:"recoveryCodes"`
}

// AnswerChallengeInput is the input of answerChallenge.
type AnswerChallengeInput struct {
	// The challenge, by its secret id.
	ChallengeID string `json:"challengeId"`
	// How it is answered.
	Method identity.SecondFactorMethod `json:"method"`
	// The code of the app, or the recovery code.
	Code *string `json:"code"`
	// The answer of a passkey, as JSON.
	Credential any `json:"credential"`
	// How the tokens are delivered; nil is BEARER.
	Delivery *identity.SessionDelivery `json:"delivery"`
}

// AnswerChallengePayload is the answer of answerChallenge.
type AnswerChallengePayload struct {
	clause.Answer
	// The session that begins.
	identity.Delivered
}

// StepUpInput is the input of stepUp.
type StepUpInput struct {
	// How the factor is proved.
	Method identity.SecondFactorMethod `json:"method"`
	// The code of the app, or the recovery code.
	Code *string `json:"code"`
	// The challenge that beginPasskeyStepUp returned, for a passkey.
	ChallengeID *string `json:"challengeId"`
	// The answer of a passkey, as JSON.
	Credential any `json:"credential"`
}

// StepUpPayload is the answer of stepUp.
type StepUpPayload struct {
	clause.Answer
	// When what needs a fresh factor needs it again; wall time.
	SteppedUpUntil *time.Time `json:"steppedUpUntil"`
}
