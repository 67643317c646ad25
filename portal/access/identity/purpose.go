package identity

import (
	"portico/ent/db/captcha"
	"portico/ent/db/phonecode"
	"portico/ent/db/predicate"
)

// CodePurpose is what a code or a captcha is for; it opens nothing else (1.1).
type CodePurpose string

// The purposes.
const (
	ForRegister      CodePurpose = "REGISTER"
	ForSignIn        CodePurpose = "SIGN_IN"
	ForResetPassword CodePurpose = "RESET_PASSWORD"
	ForChangePhone   CodePurpose = "CHANGE_PHONE"
)

// stored returns the values of the columns purpose and further_purpose. The
// release before this one doesn't know every purpose. It reads the column
// purpose alone, and takes a code for CHANGE_PHONE for one for REGISTER, which
// proves no more than the number.
func (p CodePurpose) stored() (purpose string, further *string) {
	if p == ForChangePhone {
		further := string(p)
		return string(ForRegister), &further
	}
	return string(p), nil
}

// ofCode returns the condition that a code is for the purpose.
func (p CodePurpose) ofCode() predicate.PhoneCode {
	purpose, further := p.stored()
	if further == nil {
		return phonecode.And(phonecode.PurposeEQ(phonecode.Purpose(purpose)), phonecode.FurtherPurposeIsNil())
	}
	return phonecode.FurtherPurpose(*further)
}

// ofCaptcha returns the condition that a captcha is for the purpose.
func (p CodePurpose) ofCaptcha() predicate.Captcha {
	purpose, further := p.stored()
	if further == nil {
		return captcha.And(captcha.PurposeEQ(captcha.Purpose(purpose)), captcha.FurtherPurposeIsNil())
	}
	return captcha.FurtherPurpose(*further)
}
