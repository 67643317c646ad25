package factor

import (
	"portico/clause"
	"portico/ent/db"
	"portico/portal/access/identity"
)

// BeginPasskeyInput is the input of beginPasskey.
type BeginPasskeyInput struct {
	// A name for the passkey, at most 200 characters.
	Name *string `json:"name"`
	// The present password; required of a person without a second factor.
	CurrentPassword *string `json:"currentPassword"`
	// The kind of authenticator to offer first.
	Hint *PasskeyHint `json:"hint"`
}

// BeginPasskeyPayload is the answer of beginPasskey.
type BeginPasskeyPayload struct {
	clause.Answer
	// What the browser creates the passkey with.
	Challenge *PasskeyChallenge `json:"challenge"`
}

// FinishPasskeyInput is the input of finishPasskey.
type FinishPasskeyInput struct {
	// The challenge, by its secret id.
	ChallengeID string `json:"challengeId"`
	// The passkey that the browser created, as JSON.
	Credential any `json:"credential"`
}

// FinishPasskeyPayload is the answer of finishPasskey.
type FinishPasskeyPayload struct {
	clause.Answer
	// The new factor.
	SecondFactor *db.SecondFactor `json:"secondFactor"`
	// The recovery codes that come with the first factor; nil with a further one.
	RecoveryCodes []string `json:"recoveryCodes"`
}

// BeginPasskeySignInInput is the input of beginPasskeySignIn.
type BeginPasskeySignInInput struct {
	// The kind of authenticator to offer first.
	Hint *PasskeyHint `json:"hint"`
}

// BeginPasskeySignInPayload is the answer of beginPasskeySignIn.
type BeginPasskeySignInPayload struct {
	clause.Answer
	// What the browser asks for a passkey with.
	Challenge *PasskeyChallenge `json:"challenge"`
}

// FinishPasskeySignInInput is the input of finishPasskeySignIn.
type FinishPasskeySignInInput struct {
	// The challenge, by its secret id.
	ChallengeID string `json:"challengeId"`
	// The answer of the passkey, as JSON.
	Credential any `json:"credential"`
	// How the tokens are delivered; nil is BEARER.
	Delivery *identity.SessionDelivery `json:"delivery"`
}

// FinishPasskeySignInPayload is the answer of finishPasskeySignIn.
type FinishPasskeySignInPayload struct {
	clause.Answer
	// The session that begins.
	identity.Delivered
}

// BeginPasskeyStepUpInput is the input of beginPasskeyStepUp.
type BeginPasskeyStepUpInput struct {
	// The kind of authenticator to offer first.
	Hint *PasskeyHint `json:"hint"`
}

// BeginPasskeyStepUpPayload is the answer of beginPasskeyStepUp.
type BeginPasskeyStepUpPayload struct {
	clause.Answer
	// What the browser asks for a passkey with.
	Challenge *PasskeyChallenge `json:"challenge"`
}
