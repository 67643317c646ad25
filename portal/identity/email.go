package identity

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/emaillink"
	"portico/ent/db/message"
	"portico/ent/db/person"
	"portico/portal/act"
	"portico/portal/outbox"
)

// linkLifetime is how long a link in a mail serves.
const linkLifetime = 3 * 24 * time.Hour

// sendLink sends a person the link that verifies its address.
func sendLink(tx *ent.Tx, personID, email string) error {
	token := NewToken("pe_")
	err := tx.EmailLink.Create().SetPersonID(personID).SetEmailIndex(tx.Store().Index(emailColumn, email)).
		SetTokenHash(ent.Hash(token)).SetCreatedAt(tx.Wall).SetExpiresAt(tx.Wall.Add(linkLifetime)).Exec(tx)
	if err != nil {
		return err
	}
	return outbox.Send(tx, outbox.Message{Channel: message.ChannelEMAIL, To: email, Proves: true, Token: token,
		Subject: "验证邮箱 Verify your e-mail address",
		Body:    "请用此令牌验证邮箱,三天内有效。\nVerify your address with this token; it serves for three days.\n\n" + token + "\n"})
}

// VerifyEmail verifies an address by the link that was sent to it, so that one
// can sign in by it. For everyone who has the link. An address is unique only
// once verified (1.1). Refusals: EMAIL_TOKEN_INVALID, EMAIL_TAKEN.
func VerifyEmail(ctx context.Context, s *ent.Store, in VerifyEmailInput) (*VerifyEmailPayload, error) {
	return act.Do(ctx, s, act.Command{Name: "verifyEmail", Secret: true}, func(tx *ent.Tx) (*VerifyEmailPayload, error) {
		link, err := tx.EmailLink.Query().Where(emaillink.TokenHash(ent.Hash(in.Token))).Only(tx)
		if db.IsNotFound(err) {
			return nil, EmailTokenInvalid.At("token")
		}
		if err != nil {
			return nil, err
		}
		n, err := tx.EmailLink.Update().Where(emaillink.ID(link.ID), emaillink.UsedAtIsNil(), emaillink.ExpiresAtGT(tx.Wall)).
			SetUsedAt(tx.Wall).Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, EmailTokenInvalid.At("token")
		}
		// The link serves only for the address that the person still has.
		n, err = tx.Person.Update().Where(person.ID(link.PersonID), person.EmailIndex(link.EmailIndex)).
			SetVerifiedEmailIndex(link.EmailIndex).SetEmailVerifiedAt(tx.Wall).Save(tx)
		if ent.IsDuplicate(err) {
			return nil, EmailTaken.At("token")
		}
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, EmailTokenInvalid.At("token")
		}
		tx = proved(tx, link.PersonID)
		row, err := tx.Person.Get(tx, link.PersonID)
		return &VerifyEmailPayload{Person: row}, err
	})
}
