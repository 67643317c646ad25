package sandbox

import "portico/portal/kernel/address"

// Recipient is the number or address that messages are looked for by, in the
// form in which they were sent: E.164, or folded; a captcha's id as it is.
func Recipient(to string) string {
	if phone, ok := address.NormalPhone(to); ok {
		return phone
	}
	if email, ok := address.NormalEmail(to); ok {
		return email
	}
	return to
}
