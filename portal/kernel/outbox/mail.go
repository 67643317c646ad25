package outbox

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// Mail returns a carrier that sends e-mail by SMTP: server is
// smtp://user:password@host:port (with STARTTLS, which only a server on this
// machine may lack) or smtps:// (TLS from the start); from is the sender's
// address, optionally with a name.
//
// A try ends within its time, even if the server accepts the connection and
// sends nothing, or stops in the middle.
func Mail(server, from string) (Deliverer, error) { return mailBy(server, from, nil) }

// mailBy is [Mail] with the authorities that are trusted for the server; nil is
// the machine's.
func mailBy(server, from string, roots *x509.CertPool) (Deliverer, error) {
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return nil, errors.New("the sender is not an e-mail address")
	}
	host, encrypted, options, err := smtpOptions(server)
	if err != nil {
		return nil, err
	}
	trust := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, RootCAs: roots}
	options = append(options, gomail.WithTLSConfig(trust))
	if _, err := gomail.NewClient(host, options...); err != nil {
		return nil, fmt.Errorf("the mail server: %w", err)
	}
	_, domain, _ := strings.Cut(sender.Address, "@")
	return func(ctx context.Context, l Letter) error {
		ctx, cancel := context.WithTimeout(ctx, tryTime)
		defer cancel()
		m := gomail.NewMsg()
		if err := m.FromFormat(sender.Name, sender.Address); err != nil {
			return errors.New("smtp: the sender is not an e-mail address")
		}
		if err := m.To(l.To); err != nil {
			return fmt.Errorf("smtp: the recipient is not an e-mail address: %w", ErrRefused)
		}
		m.SetMessageIDWithValue(l.ID + "@" + domain)
		m.SetDateWithValue(l.At)
		m.Subject(l.Subject)
		m.SetBodyString(gomail.TypeTextPlain, l.Body)
		line := &line{encrypted: encrypted, trust: trust}
		defer line.cut()
		client, err := gomail.NewClient(host, append(options[:len(options):len(options)], gomail.WithDialContextFunc(line.dial(ctx)))...)
		if err != nil {
			return errors.New("smtp: the settings are wrong")
		}
		err = client.DialAndSendWithContext(ctx, m)
		if m.IsDelivered() { // the server has accepted it, even if QUIT failed
			return nil
		}
		if err != nil && (ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded)) { // the line was cut for this reason
			err = cmp.Or(ctx.Err(), context.DeadlineExceeded)
		}
		return withoutAddress(err)
	}, nil
}

// smtpOptions reads the setting; encrypted means that the server uses TLS from
// the start.
func smtpOptions(server string) (host string, encrypted bool, options []gomail.Option, err error) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || u.Path != "" && u.Path != "/" {
		return "", false, nil, errors.New("want smtp://user:password@host:port or smtps://…")
	}
	encrypted = u.Scheme == "smtps"
	options = []gomail.Option{gomail.WithTimeout(tryTime), gomail.WithTLSPolicy(gomail.TLSMandatory)}
	if encrypted || isLoopback(u.Hostname()) { // smtps needs no STARTTLS
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	}
	port := 587
	if encrypted {
		port = 465
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return "", false, nil, errors.New("the port is not a number")
		}
	}
	options = append(options, gomail.WithPort(port))
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	return u.Hostname(), encrypted, options, nil
}

func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// withoutAddress returns what a mail server refused, without the text of its
// answer, which often repeats the address.
func withoutAddress(err error) error {
	var refused *gomail.SendError
	var network *net.OpError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		answer := fmt.Errorf("smtp: %s: status %d", refused.Reason, refused.ErrorCode())
		if refused.Reason == gomail.ErrSMTPRcptTo && !refused.IsTemp() && refused.ErrorCode() >= 500 {
			return errors.Join(answer, ErrRefused)
		}
		return answer
	case errors.As(err, &network):
		return fmt.Errorf("smtp: %s: %w", network.Op, network.Err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fmt.Errorf("smtp: %w", err)
	case errors.Is(err, errTooMuch):
		return errTooMuch
	}
	return errors.New("smtp: the mail was not accepted: connection, TLS or sign-in failed")
}
