package identity

import (
	"cmp"
	"context"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/emaillink"
	"portico/ent/db/person"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// linkLifetime is how long a link in a mail is valid.
const linkLifetime = 3 * 24 * time.Hour

// ofLinks is the counter that puts requests for links of one person in order.
const ofLinks = "email link"

// sendLink sends a person the link that verifies its address. The refusal is
// outbox.RecipientLimit; nothing is written then.
func sendLink(tx *ent.Tx, personID, email string) error {
	token := NewToken("pe_")
	if err := outbox.Send(tx, outbox.EmailLinkMail(tx.Store(), email, token)); err != nil {
		return err
	}
	return tx.EmailLink.Create().SetPersonID(personID).SetEmailIndex(address.EmailIndex(tx.Store(), email)).
		SetTokenHash(ent.Hash(token)).SetCreatedAt(tx.Wall).SetExpiresAt(tx.Wall.Add(linkLifetime)).Exec(tx)
}

// ResendEmailVerification sends the signed-in person another link that verifies
// its pending e-mail address, or its own if none is pending (1.1); earlier links stay valid. The answer is the same if
// there is nothing to verify, or if the address belongs to another login, so it
// reveals nothing. Refusals: EMAIL_LINK_LIMIT (five a day for a person),
// RECIPIENT_LIMIT.
func ResendEmailVerification(ctx context.Context, s *ent.Store, in ResendEmailVerificationInput) (*ResendEmailVerificationPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "resendEmailVerification", SignedIn: true, Input: in}, func(tx *command.Tx) (*ResendEmailVerificationPayload, error) {
		p := tx.Principal()
		if p.Kind != authz.Person {
			return nil, clause.OnlySelf
		}
		tx.AuditObject("", p.ID)
		if _, err := lockCounter(tx.Tx, ofLinks, p.ID); err != nil { // concurrent requests wait here
			return nil, err
		}
		row, err := tx.Person.Get(tx, p.ID)
		if err != nil {
			return nil, err
		}
		own, err := address.Email(s, row)
		if err != nil {
			return nil, err
		}
		pending, err := PendingEmail(s, row)
		if err != nil {
			return nil, err
		}
		to := cmp.Or(pending, own)
		if in.Email != nil {
			asked, ok := address.NormalEmail(*in.Email)
			if !ok {
				return nil, address.EmailInvalid.At("email")
			}
			if to = asked; asked != own && asked != pending {
				return &ResendEmailVerificationPayload{}, nil
			}
		}
		if to == own && row.VerifiedEmailIndex != nil && *row.VerifiedEmailIndex == row.EmailIndex {
			return &ResendEmailVerificationPayload{}, nil
		}
		if err := linksLeft(tx.Tx, p.ID); err != nil {
			return nil, err
		}
		return &ResendEmailVerificationPayload{}, sendLink(tx.Tx, p.ID, to)
	})
}

// PendingEmail returns the address that will replace a person's own once it is
// verified, for the person itself; empty if there is none.
func PendingEmail(s *ent.Store, row *db.Person) (string, error) {
	if row.PendingEmail == nil || row.PendingEmailIndex == nil {
		return "", nil
	}
	return address.Open(s, *row.PendingEmail, true)
}

// VerifyEmail verifies an address by the link that was sent to it, so that the
// person can sign in with it. A pending address takes the place of the present
// one, which is told. It is open to everyone who has the link. An
// address is unique only once verified (1.1). Refusals: EMAIL_TOKEN_INVALID,
// EMAIL_TAKEN.
func VerifyEmail(ctx context.Context, s *ent.Store, in VerifyEmailInput) (*VerifyEmailPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "verifyEmail", Secret: true}, func(tx *command.Tx) (*VerifyEmailPayload, error) {
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
		// The link is valid only for the address that the person still has.
		n, err = tx.Person.Update().Where(person.ID(link.PersonID), person.EmailIndex(link.EmailIndex)).
			SetVerifiedEmailIndex(link.EmailIndex).SetEmailVerifiedAt(tx.Wall).Save(tx)
		if ent.IsDuplicate(err) {
			return nil, EmailTaken.At("token")
		}
		if err != nil {
			return nil, err
		}
		tx = proved(tx, link.PersonID)
		if n == 0 { // or for the one that is to replace it
			if err := replaceEmail(tx, link); err != nil {
				return nil, err
			}
		}
		row, err := tx.Person.Get(tx, link.PersonID)
		return &VerifyEmailPayload{Person: row}, err
	})
}
