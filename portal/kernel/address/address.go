package address

import (
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/person"
	"portico/text"
)

// The refusals of what is no address.
var (
	// PhoneInvalid: a person is reached at a number that gets short messages.
	PhoneInvalid = clause.Declare(clause.Refusal{Code: "PHONE_INVALID", Clause: "1.1",
		Text:   clause.Text{ZH: "这不是有效的电话号码。", EN: "The phone number is not valid."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请填写含国家代码的号码，例如 +86 138 0013 8000。", EN: "Give the number with its country code, such as +86 138 0013 8000."}}})
	// EmailInvalid: a person is reached at an address of a domain.
	EmailInvalid = clause.Declare(clause.Refusal{Code: "EMAIL_INVALID", Clause: "1.1",
		Text:   clause.Text{ZH: "这不是有效的电子邮箱地址。", EN: "The e-mail address is not valid."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请填写完整的地址。", EN: "Give the whole address."}}})
)

// Address is a number or an e-mail address in its normal form.
type Address struct {
	// Value is the number in E.164, or the address in lower case.
	Value string
	// Email tells which of the two it is.
	Email bool
}

// Read reads a number or an e-mail address as somebody typed it. The
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

// Index is the blind index under which a person with the address is kept.
func (a Address) Index(s *ent.Store) string { return s.Index(a.column(), a.Value) }

// Open is a sealed address in plain.
func Open(s *ent.Store, sealed []byte, email bool) (string, error) {
	return s.Unseal(Address{Email: email}.column(), sealed)
}

// PhoneIndex is the blind index under which a number in E.164 is kept.
func PhoneIndex(s *ent.Store, phone string) string { return s.Index(phoneColumn, phone) }

// EmailIndex is the blind index under which an e-mail address in its normal form
// is kept.
func EmailIndex(s *ent.Store, email string) string { return s.Index(emailColumn, email) }

// Phone is a person's number in E.164, for the person itself.
func Phone(s *ent.Store, p *db.Person) (string, error) { return s.Unseal(phoneColumn, p.Phone) }

// Email is a person's address, for the person itself.
func Email(s *ent.Store, p *db.Person) (string, error) { return s.Unseal(emailColumn, p.Email) }

// Mailbox is the address that a person is mailed to: its own, once it is
// verified; empty until then.
func Mailbox(s *ent.Store, p *db.Person) (string, error) {
	if p.VerifiedEmailIndex == nil || *p.VerifiedEmailIndex != p.EmailIndex {
		return "", nil
	}
	return Email(s, p)
}

// Holder is the person who has verified an address, in its normal form; empty if
// nobody has. It is for the unit's own doings: told to anybody it would say who
// is registered (1.1).
func Holder(tx *ent.Tx, email string) (string, error) {
	id, err := tx.Person.Query().Where(person.VerifiedEmailIndex(tx.Store().Index(emailColumn, email))).OnlyID(tx)
	if db.IsNotFound(err) {
		return "", nil
	}
	return id, err
}
