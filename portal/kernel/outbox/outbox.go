// Package outbox sends mails and short messages: written in the business
// transaction, delivered after commit, at least once.
package outbox

import (
	"errors"
	"strings"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/message"
	"portico/ent/db/person"
)

// Message is a message to send.
type Message struct {
	Channel message.Channel
	// To is an E.164 number or an e-mail address.
	To string
	// Purpose is set on a message that somebody asked for; such messages are
	// counted for each recipient.
	Purpose       message.Purpose
	Subject, Body string
	// Person is whom a mail is for. The mail is queued only if To is the address
	// that the person has verified. An unverified address may be another
	// person's, and gets no mail (1.1).
	Person string
	// Proves marks a mail whose secret proves the address itself; it has no Person.
	Proves bool
	// Code and Token are the code and the token in the body; they are stored
	// separately in the sandbox only.
	Code, Token string
}

// The columns that are sealed.
const (
	toColumn    = "message.recipient"
	bodyColumn  = "message.body"
	codeColumn  = "message.code"
	tokenColumn = "message.token"
)

// Recipient returns the blind index that a recipient's messages are found and
// counted by. Mail to anna+work@example.com counts for anna@example.com.
func Recipient(s *ent.Store, to string) string { return s.Index(toColumn, mailbox(to)) }

// mailbox returns a mail address without the tag after "+"; a number is
// unchanged.
func mailbox(to string) string {
	local, domain, mail := strings.Cut(to, "@")
	untagged, _, tagged := strings.Cut(local, "+")
	if !mail || !tagged || untagged == "" {
		return to
	}
	return untagged + "@" + domain
}

// verifiedColumn is the column of persons' addresses, by which they are indexed.
const verifiedColumn = "person.email"

// mailable reports whether a mail may be sent.
func mailable(tx *ent.Tx, m Message) (bool, error) {
	if m.Channel != message.ChannelEMAIL || m.Proves {
		return true, nil
	}
	return tx.Person.Query().Where(person.ID(m.Person), person.VerifiedEmailIndex(tx.Store().Index(verifiedColumn, m.To))).Exist(tx)
}

// Send queues a mail in the caller's transaction; [SendText] queues short
// messages. A mail to an unverified address is not queued, without an error.
// The refusal is RECIPIENT_LIMIT, for a message that has a purpose; nothing is
// written then.
func Send(tx *ent.Tx, m Message) error {
	if m.Channel == message.ChannelSMS {
		return errors.New("outbox: a short message has a template")
	}
	if ok, err := mailable(tx, m); err != nil || !ok {
		return err
	}
	return queue(tx, m)
}

func queue(tx *ent.Tx, m Message) error {
	s := tx.Store()
	recipient := Recipient(s, m.To)
	create := tx.Message.Create().SetChannel(m.Channel).SetRecipientIndex(recipient).SetSubject(m.Subject).
		SetState(message.StateQUEUED).SetDueAt(tx.Wall).SetCreatedAt(tx.Wall)
	if m.Purpose != "" {
		ordinal, err := nextOrdinal(tx, recipient, m.Purpose)
		if err != nil {
			return err
		}
		create.SetPurpose(m.Purpose).SetRecipientOrdinal(ordinal)
	}
	if m.Channel == message.ChannelCAPTCHA { // kept for the sandbox, never delivered
		create.SetState(message.StateSENT)
	}
	type part struct {
		column, value string
		set           func([]byte) *db.MessageCreate
	}
	parts := []part{{toColumn, m.To, create.SetRecipient}, {bodyColumn, m.Body, create.SetBody}}
	if s.Sandbox() {
		parts = append(parts, part{codeColumn, m.Code, create.SetCode}, part{tokenColumn, m.Token, create.SetToken})
	}
	for _, f := range parts {
		sealed, err := s.Seal(f.column, f.value)
		if err != nil {
			return err
		}
		f.set(sealed)
	}
	err := create.Exec(tx)
	if m.Purpose != "" && ent.IsDuplicate(err) { // a concurrent message took the ordinal
		return ent.ErrStale
	}
	return err
}

// Opened is a message with its sealed parts in plain text.
type Opened struct{ To, Body, Code, Token string }

// Open unseals a message, for delivery and for the sandbox's operator.
func Open(s *ent.Store, row *db.Message) (Opened, error) {
	var o Opened
	for _, f := range []struct {
		column string
		sealed []byte
		into   *string
	}{
		{toColumn, row.Recipient, &o.To}, {bodyColumn, row.Body, &o.Body},
	} {
		v, err := s.Unseal(f.column, f.sealed)
		if err != nil {
			return o, err
		}
		*f.into = v
	}
	for _, f := range []struct {
		column string
		sealed *[]byte
		into   *string
	}{{codeColumn, row.Code, &o.Code}, {tokenColumn, row.Token, &o.Token}} {
		if f.sealed == nil || *f.sealed == nil { // a NULL is read as either
			continue
		}
		v, err := s.Unseal(f.column, *f.sealed)
		if err != nil {
			return o, err
		}
		*f.into = v
	}
	return o, nil
}
