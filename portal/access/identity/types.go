package identity

import (
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/captcha"
)

// CreateCaptchaInput is the input of createCaptcha.
type CreateCaptchaInput struct {
	// What it will open.
	Purpose CodePurpose `json:"purpose"`
	// How it is solved; nil is a picture, or otherwise what is offered.
	Kind *captcha.Kind `json:"kind"`
}

// CreateCaptchaPayload is the answer of createCaptcha.
type CreateCaptchaPayload struct {
	clause.Answer
	// The new captcha.
	Captcha *Captcha `json:"captcha"`
}

// RequestPhoneCodeInput is the input of requestPhoneCode.
type RequestPhoneCodeInput struct {
	// The number, in any usual notation; a number without a country code is
	// mainland Chinese.
	Phone string `json:"phone"`
	// What it will prove the number for.
	Purpose CodePurpose `json:"purpose"`
	// A captcha for the same purpose.
	CaptchaID string `json:"captchaId"`
	// Its answer.
	CaptchaAnswer string `json:"captchaAnswer"`
}

// RequestPhoneCodePayload is the answer of requestPhoneCode.
type RequestPhoneCodePayload struct {
	clause.Answer
	// Seconds until the next code can be asked for.
	RetryAfter *int `json:"retryAfter"`
}

// Refuse adds a refusal; for a limit it also sets when the limit ends.
func (p *RequestPhoneCodePayload) Refuse(r clause.Refusal) {
	p.Answer.Refuse(r)
	if seconds, ok := r.Params["retryAfter"].(int); ok {
		p.RetryAfter = &seconds
	}
}

// SignInInput is the input of signIn.
type SignInInput struct {
	// Phone number, or verified e-mail address.
	Login string `json:"login"`
	// The password.
	Password string `json:"password"`
	// A captcha, required after three failures.
	CaptchaID *string `json:"captchaId"`
	// Its answer.
	CaptchaAnswer *string `json:"captchaAnswer"`
	// How the tokens are delivered; nil is BEARER.
	Delivery *SessionDelivery `json:"delivery"`
}

// SignInPayload is the answer of signIn.
type SignInPayload struct {
	clause.Answer
	// The session that begins; empty if a challenge is to be answered first.
	Delivered
	// The challenge of a person who has a second factor.
	Challenge *SignInChallenge `json:"challenge"`
}

// RefreshSessionInput is the input of refreshSession.
type RefreshSessionInput struct {
	// The refresh token; valid once, and again within 30 seconds. Nil is the one
	// in the cookie of the browser.
	RefreshToken *string `json:"refreshToken"`
	// How the next pair is delivered; nil is BEARER, or COOKIE if the token is in
	// a cookie.
	Delivery *SessionDelivery `json:"delivery"`
}

// RefreshSessionPayload is the answer of refreshSession.
type RefreshSessionPayload struct {
	clause.Answer
	// The next pair of tokens.
	Delivered
}

// SignOutInput is the input of signOut.
type SignOutInput struct {
	// Ends every session of the person, not only this one.
	Everywhere *bool `json:"everywhere"`
}

// SignOutPayload is the answer of signOut.
type SignOutPayload struct {
	clause.Answer
}

// VerifyEmailInput is the input of verifyEmail.
type VerifyEmailInput struct {
	// The token of the link.
	Token string `json:"token"`
}

// VerifyEmailPayload is the answer of verifyEmail.
type VerifyEmailPayload struct {
	clause.Answer
	// The person whose address it is.
	Person *db.Person `json:"person"`
}

// ResetPasswordInput is the input of resetPassword.
type ResetPasswordInput struct {
	// The number that the code was sent to.
	Phone string `json:"phone"`
	// The code: 6 digits.
	Code string `json:"code"`
	// The new password: 10 to 128 characters, judged by an estimator.
	NewPassword string `json:"newPassword"`
}

// ResetPasswordPayload is the answer of resetPassword.
type ResetPasswordPayload struct {
	clause.Answer
}

// ResendEmailVerificationInput is the input of resendEmailVerification.
type ResendEmailVerificationInput struct {
	// The address to verify; the person's own if omitted.
	Email *string `json:"email"`
}

// ResendEmailVerificationPayload is the answer of resendEmailVerification.
type ResendEmailVerificationPayload struct {
	clause.Answer
}

// ChangePasswordInput is the input of changePassword.
type ChangePasswordInput struct {
	// The present password.
	CurrentPassword string `json:"currentPassword"`
	// The new password: 10 to 128 characters, judged by an estimator.
	NewPassword string `json:"newPassword"`
}

// ChangePasswordPayload is the answer of changePassword.
type ChangePasswordPayload struct {
	clause.Answer
	// The person whose password it is.
	Person *db.Person `json:"person"`
}

// ChangePhoneInput is the input of changePhone. Exactly one of CurrentPassword and
// CurrentPhoneCode is given.
type ChangePhoneInput struct {
	// The new number, in any usual notation.
	Phone string `json:"phone"`
	// The code that was sent to the new number for CHANGE_PHONE.
	Code string `json:"code"`
	// The present password.
	CurrentPassword *string `json:"currentPassword"`
	// The code that was sent to the present number for CHANGE_PHONE.
	CurrentPhoneCode *string `json:"currentPhoneCode"`
}

// ChangePhonePayload is the answer of changePhone.
type ChangePhonePayload struct {
	clause.Answer
	// The person with its new number.
	Person *db.Person `json:"person"`
}

// ChangeEmailInput is the input of changeEmail.
type ChangeEmailInput struct {
	// The new address.
	Email string `json:"email"`
	// The present password.
	CurrentPassword string `json:"currentPassword"`
}

// ChangeEmailPayload is the answer of changeEmail.
type ChangeEmailPayload struct {
	clause.Answer
	// The person with its pending address.
	Person *db.Person `json:"person"`
}

// UndoEmailChangeInput is the input of undoEmailChange.
type UndoEmailChangeInput struct {
	// The token of the link.
	Token string `json:"token"`
}

// UndoEmailChangePayload is the answer of undoEmailChange.
type UndoEmailChangePayload struct {
	clause.Answer
}

// SignInWithCodeInput is the input of signInWithCode.
type SignInWithCodeInput struct {
	// The number that the code was sent to.
	Phone string `json:"phone"`
	// The code: 6 digits.
	Code string `json:"code"`
	// How the tokens are delivered; nil is BEARER.
	Delivery *SessionDelivery `json:"delivery"`
}

// SignInWithCodePayload is the answer of signInWithCode.
type SignInWithCodePayload struct {
	clause.Answer
	// The session that begins; empty if a challenge is to be answered first.
	Delivered
	// The challenge of a person who has a second factor.
	Challenge *SignInChallenge `json:"challenge"`
}

// UpdateProfileInput is the input of updateProfile.
type UpdateProfileInput struct {
	// The person's name, at most 200 characters.
	Name string `json:"name"`
}

// UpdateProfilePayload is the answer of updateProfile.
type UpdateProfilePayload struct {
	clause.Answer
	// The person.
	Person *db.Person `json:"person"`
}

// RevokeSessionInput is the input of revokeSession.
type RevokeSessionInput struct {
	// Which session.
	SessionID string `json:"sessionId"`
}

// RevokeSessionPayload is the answer of revokeSession.
type RevokeSessionPayload struct {
	clause.Answer
	// The id of the session that was ended.
	RevokedSessionID *string `json:"revokedSessionId"`
}

// RevokeOtherSessionsInput is the input of revokeOtherSessions.
type RevokeOtherSessionsInput struct {
	// Sessions to keep beside the present one, at most 20.
	KeepSessionIDs []string `json:"keepSessionIds"`
}

// RevokeOtherSessionsPayload is the answer of revokeOtherSessions.
type RevokeOtherSessionsPayload struct {
	clause.Answer
	// How many sessions were ended.
	RevokedCount *int `json:"revokedCount"`
}

// SetSessionPolicyInput is the input of setSessionPolicy.
type SetSessionPolicyInput struct {
	AccountID string `json:"accountId"`
	// How long a session lasts, in minutes; nil for the agreement's limit.
	LifetimeMinutes *int `json:"lifetimeMinutes"`
	// How long it lasts without a refresh, in minutes; nil for the agreement's limit.
	IdleMinutes *int `json:"idleMinutes"`
}

// SetSessionPolicyPayload is the answer of setSessionPolicy.
type SetSessionPolicyPayload struct {
	clause.Answer
	// The account whose policy it is.
	Account *db.Account `json:"account"`
}

// SetSecondFactorPolicyInput is the input of setSecondFactorPolicy.
type SetSecondFactorPolicyInput struct {
	AccountID string `json:"accountId"`
	// Of whom a second factor is required.
	Scope SecondFactorScope `json:"scope"`
	// The roles with which a person needs one, at most 50; only for NAMED_ROLES.
	RoleIDs []string `json:"roleIds"`
}

// SetSecondFactorPolicyPayload is the answer of setSecondFactorPolicy.
type SetSecondFactorPolicyPayload struct {
	clause.Answer
	// The account whose policy it is.
	Account *db.Account `json:"account"`
}

// Captcha is a challenge that accepts one answer.
type Captcha struct {
	ID string
	// Kind is how it is solved.
	Kind captcha.Kind
	// Image is a data URL; nil unless it is a picture.
	Image *string
	// Seed and Difficulty are those of a proof of work; nil otherwise.
	Seed       *string
	Difficulty *int
	ExpiresAt  time.Time
}

// Session is the pair of tokens of a session; they are shown once.
type Session struct {
	AccessToken, RefreshToken string
	// ExpiresAt is when the access token ends, and RefreshExpiresAt when the refresh
	// token does; wall time.
	ExpiresAt, RefreshExpiresAt time.Time
}
