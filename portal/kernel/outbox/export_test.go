package outbox

import "crypto/x509"

// MailTrusting is [Mail] with a server whose certificate other authorities
// signed.
func MailTrusting(server, from string, roots *x509.CertPool) (Deliverer, error) {
	return mailBy(server, from, roots)
}
