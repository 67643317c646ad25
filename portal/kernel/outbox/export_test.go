package outbox

import "crypto/x509"

// MailTrusting is [Mail] by a server that other authorities vouch for.
func MailTrusting(server, from string, roots *x509.CertPool) (Deliverer, error) {
	return mailBy(server, from, roots)
}
