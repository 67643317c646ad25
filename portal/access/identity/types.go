package identity

import (
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/captcha"
	"portico/ent/db/phonecode"
)

// CreateCaptchaInput: for createCaptcha.
type CreateCaptchaInput struct {
	// What it will open.
	Purpose phonecode.Purpose `json:"purpose"`
	// How it is solved; nil is a picture, or else what is offered.
	Kind *captcha.Kind `json:"kind"`
}

// CreateCaptchaPayload is the answer of createCaptcha.
type CreateCaptchaPayload struct {
	clause.Answer
	// The new captcha.
	Captcha *Captcha `json:"captcha"`
}

// RequestPhoneCodeInput: for requestPhoneCode.
type RequestPhoneCodeInput struct {
	// The number, in any usual notation; without country code it is mainland Chinese.
	Phone string `json:"phone"`
	// What it will prove the number for.
	Purpose phonecode.Purpose `json:"purpose"`
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

// Refuse adds a refusal; that of a limit says when it ends.
func (p *RequestPhoneCodePayload) Refuse(r clause.Refusal) {
	p.Answer.Refuse(r)
	if seconds, ok := r.Params["retryAfter"].(int); ok {
		p.RetryAfter = &seconds
	}
}

// SignInInput: for signIn.
type SignInInput struct {
	// Phone number, or verified e-mail address.
	Login string `json:"login"`
	// The password.
	Password string `json:"password"`
	// A captcha, asked for after three failures.
	CaptchaID *string `json:"captchaId"`
	// Its answer.
	CaptchaAnswer *string `json:"captchaAnswer"`
}

// SignInPayload is the answer of signIn.
type SignInPayload struct {
	clause.Answer
	// The session that begins.
	Session *Session `json:"session"`
}

// RefreshSessionInput: for refreshSession.
type RefreshSessionInput struct {
	// The refresh token; serves once, and again within 30 seconds.
	RefreshToken string `json:"refreshToken"`
}

// RefreshSessionPayload is the answer of refreshSession.
type RefreshSessionPayload struct {
	clause.Answer
	// The next pair of tokens.
	Session *Session `json:"session"`
}

// SignOutInput: for signOut.
type SignOutInput struct {
	// Ends every session of the person, not this one alone.
	Everywhere *bool `json:"everywhere"`
}

// SignOutPayload is the answer of signOut.
type SignOutPayload struct {
	clause.Answer
}

// VerifyEmailInput: for verifyEmail.
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

// ResetPasswordInput: for resetPassword.
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

// ResendEmailVerificationInput: for resendEmailVerification.
type ResendEmailVerificationInput struct {
	// The address that the person means; its own if left out.
	Email *string `json:"email"`
}

// ResendEmailVerificationPayload is the answer of resendEmailVerification.
type ResendEmailVerificationPayload struct {
	clause.Answer
}

// ChangePasswordInput: for changePassword.
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

// UpdateProfileInput: for updateProfile.
type UpdateProfileInput struct {
	// What the person is called, at most 200 characters.
	Name string `json:"name"`
}

// UpdateProfilePayload is the answer of updateProfile.
type UpdateProfilePayload struct {
	clause.Answer
	// The person.
	Person *db.Person `json:"person"`
}

// RevokeSessionInput: for revokeSession.
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

// Captcha is a challenge, good for one answer.
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
	// ExpiresAt is when the access token ends; wall time.
	ExpiresAt time.Time
}
