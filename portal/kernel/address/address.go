package address

import (
	"strings"
	"unicode/utf8"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/person"
	"portico/text"
)

// The refusals of invalid addresses.
var (
	// PhoneInvalid: a person is reached at a mobile number.
	PhoneInvalid = clause.Declare(clause.Refusal{Code: "PHONE_INVALID", Clause: "1.1",
		Text:   clause.Text{ZH: "这不是有效的手机号码。", EN: "This is not a valid mobile number."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请填写含国家代码的号码，例如 +86 138 0013 8000。", EN: "Enter the number with its country code, for example +86 138 0013 8000."}}})
	// EmailInvalid: a person is reached at a complete e-mail address.
	EmailInvalid = clause.Declare(clause.Refusal{Code: "EMAIL_INVALID", Clause: "1.1",
		Text:   clause.Text{ZH: "这不是有效的电子邮箱地址。", EN: "This is not a valid e-mail address."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请填写完整的地址。", EN: "Enter the complete address."}}})
)

// Address is a phone number or an e-mail address in its normal form.
type Address struct {
	// Value is the number in E.164, or the address in lower case.
	Value string
	// Email reports whether it is an e-mail address.
	Email bool
}

// Read reads a phone number or an e-mail address as a person typed it. The
// refusal is PHONE_INVALID or EMAIL_INVALID, at the field.
func Read(s, field string) (Address, error) {
	if email, ok := NormalEmail(s); ok {
		return Address{Value: email, Email: true}, nil
	}
	if phone, ok := NormalPhone(s); ok {
		return Address{Value: phone}, nil
	}
	for _, r := range text.Plain(s) {
		if r == '@' {
			return Address{}, EmailInvalid.At(field)
		}
	}
	return Address{}, PhoneInvalid.At(field)
}

func (a Address) column() string {
	if a.Email {
		return emailColumn
	}
	return phoneColumn
}

// Seal encrypts the address.
func (a Address) Seal(s *ent.Store) ([]byte, error) { return s.Seal(a.column(), a.Value) }

// Index returns the blind index under which a person with the address is kept.
func (a Address) Index(s *ent.Store) string { return s.Index(a.column(), a.Value) }

// Open returns a sealed address in plain text.
func Open(s *ent.Store, sealed []byte, email bool) (string, error) {
	return s.Unseal(Address{Email: email}.column(), sealed)
}

// PhoneIndex returns the blind index under which a number in E.164 is kept.
func PhoneIndex(s *ent.Store, phone string) string { return s.Index(phoneColumn, phone) }

// EmailIndex returns the blind index under which an e-mail address in its
// normal form is kept.
func EmailIndex(s *ent.Store, email string) string { return s.Index(emailColumn, email) }

// Phone returns a person's number in E.164, for the person itself.
func Phone(s *ent.Store, p *db.Person) (string, error) { return s.Unseal(phoneColumn, p.Phone) }

// Email returns a person's e-mail address, for the person itself.
func Email(s *ent.Store, p *db.Person) (string, error) { return s.Unseal(emailColumn, p.Email) }

// Mailbox returns the e-mail address that mail to a person goes to: the
// person's own, once it is verified; empty until then.
func Mailbox(s *ent.Store, p *db.Person) (string, error) {
	if p.VerifiedEmailIndex == nil || *p.VerifiedEmailIndex != p.EmailIndex {
		return "", nil
	}
	return Email(s, p)
}

// Masked returns an address for a record that shows that it changed: the last
// four digits of a number, or the first character of a mailbox and its domain.
func Masked(value string) string {
	local, domain, mail := strings.Cut(value, "@")
	if !mail {
		return "****" + value[max(0, len(value)-4):]
	}
	first, _ := utf8.DecodeRuneInString(local)
	return string(first) + "****@" + domain
}

// Holder returns the person who has verified an e-mail address in its normal
// form; empty if nobody has. For internal use: its answer would reveal who is
// registered (1.1).
func Holder(tx *ent.Tx, email string) (string, error) {
	id, err := tx.Person.Query().Where(person.VerifiedEmailIndex(tx.Store().Index(emailColumn, email))).OnlyID(tx)
	if db.IsNotFound(err) {
		return "", nil
	}
	return id, err
}
