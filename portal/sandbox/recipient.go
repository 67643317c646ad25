package sandbox

import "portico/portal/kernel/address"

// Recipient returns the form of a number or address in which messages to it are
// stored: E.164 or folded. A captcha's id stays as it is.
func Recipient(to string) string {
	if phone, ok := address.NormalPhone(to); ok {
		return phone
	}
	if email, ok := address.NormalEmail(to); ok {
		return email
	}
	return to
}
