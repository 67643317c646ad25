package identity

import (
	"context"
	"errors"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/emailchange"
	"portico/ent/db/emaillink"
	"portico/ent/db/person"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// ChangeEmail asks for another e-mail address of the signed-in person, by the
// present password (1.1). The new address is pending until its link is opened
// with verifyEmail; until then the present one stays in force. Asking for the
// present address withdraws a pending one. The answer is the same whether or not
// the new address belongs to another login. Refusals: EMAIL_INVALID,
// CURRENT_PASSWORD_WRONG, TRIES_EXCEEDED, EMAIL_LINK_LIMIT, RECIPIENT_LIMIT,
// THROTTLED.
func ChangeEmail(ctx context.Context, s *ent.Store, in ChangeEmailInput) (*ChangeEmailPayload, error) {
	p := authz.From(ctx)
	email, valid := address.NormalEmail(in.Email)
	var tried presentPassword
	var refused error
	if p.Kind == authz.Person && valid {
		place, err := Queue(ctx, s)
		if err != nil {
			return nil, err
		}
		defer place.Leave()
		whole, done, err := command.ToItsEnd(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
		ctx = whole
		tried, err = tryPassword(ctx, s, place, p.ID, in.CurrentPassword)
		if errors.As(err, new(clause.Refusal)) {
			refused = err
		} else if err != nil {
			return nil, err
		} else if !tried.right {
			refused = CurrentPasswordWrong.At("currentPassword")
		}
		place.Leave()
	}
	payload, err := command.Do(ctx, s, command.Command{Name: "changeEmail", SignedIn: true, Secret: true}, func(tx *command.Tx) (*ChangeEmailPayload, error) {
		switch {
		case p.Kind != authz.Person:
			return nil, clause.OnlySelf
		case !valid:
			return nil, address.EmailInvalid.At("email")
		}
		tx.AuditObject("", p.ID)
		if refused != nil {
			return nil, refused
		}
		return askForEmail(tx, tried.row, email)
	})
	if err != nil {
		tried.giveBack(ctx, s)
	}
	return payload, err
}

// askForEmail makes an address the pending one of a person who has given its
// password, and sends the link to it.
func askForEmail(tx *command.Tx, compared *db.Person, email string) (*ChangeEmailPayload, error) {
	s := tx.Store()
	if _, err := lockCounter(tx.Tx, ofLinks, compared.ID); err != nil { // concurrent requests wait here
		return nil, err
	}
	row, err := tx.Person.Get(tx, compared.ID)
	if err != nil {
		return nil, err
	}
	if row.PasswordHash != compared.PasswordHash { // it was changed after it was compared
		return nil, CurrentPasswordWrong.At("currentPassword")
	}
	own, err := address.Email(s, row)
	if err != nil {
		return nil, err
	}
	update := tx.Person.Update().Where(person.ID(row.ID), person.EmailIndex(row.EmailIndex), person.PasswordHash(row.PasswordHash))
	if email == own {
		update.ClearPendingEmail().ClearPendingEmailIndex()
	} else {
		if err := linksLeft(tx.Tx, row.ID); err != nil {
			return nil, err
		}
		a := address.Address{Value: email, Email: true}
		sealed, err := a.Seal(s)
		if err != nil {
			return nil, err
		}
		update.SetPendingEmail(sealed).SetPendingEmailIndex(a.Index(s))
		if err := sendLink(tx.Tx, row.ID, email); err != nil {
			return nil, err
		}
	}
	n, err := update.Save(tx)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, ent.ErrStale
	}
	if err := passwordBound.forget(tx.Tx, row.ID); err != nil {
		return nil, err
	}
	tx.AuditDetail("pendingEmail", map[string]string{"present": address.Masked(own), "asked": address.Masked(email)})
	row, err = tx.Person.Get(tx, row.ID)
	return &ChangeEmailPayload{Person: row}, err
}

// replaceEmail makes a person's pending address its address, by the link that
// was sent to it, and tells the old one, which can undo it for some days.
// Refusals: EMAIL_TOKEN_INVALID, EMAIL_TAKEN.
func replaceEmail(tx *command.Tx, link *db.EmailLink) error {
	s := tx.Store()
	row, err := tx.Person.Get(tx, link.PersonID)
	if err != nil {
		return err
	}
	if row.PendingEmail == nil || row.PendingEmailIndex == nil || *row.PendingEmailIndex != link.EmailIndex {
		return EmailTokenInvalid.At("token")
	}
	old, err := address.Email(s, row)
	if err != nil {
		return err
	}
	email, err := address.Open(s, *row.PendingEmail, true)
	if err != nil {
		return err
	}
	n, err := tx.Person.Update().Where(person.ID(row.ID), person.EmailIndex(row.EmailIndex), person.PendingEmailIndex(link.EmailIndex)).
		SetEmail(*row.PendingEmail).SetEmailIndex(link.EmailIndex).SetVerifiedEmailIndex(link.EmailIndex).SetEmailVerifiedAt(tx.Wall).
		ClearPendingEmail().ClearPendingEmailIndex().Save(tx)
	switch {
	case ent.IsDuplicate(err):
		return EmailTaken.At("token")
	case err != nil:
		return err
	case n == 0:
		return ent.ErrStale
	}
	tx.AuditDetail("email", map[string]string{"before": address.Masked(old), "after": address.Masked(email)})
	if row.VerifiedEmailIndex == nil || *row.VerifiedEmailIndex != row.EmailIndex { // the old one may be another person's
		return tell(tx.Tx, row, outbox.EmailChangedMail, outbox.EmailChangedText())
	}
	token := NewToken("pu_")
	err = tx.EmailChange.Create().SetPersonID(row.ID).SetOldEmail(row.Email).SetOldEmailIndex(row.EmailIndex).SetTokenHash(ent.Hash(token)).
		SetCreatedAt(tx.Wall).SetExpiresAt(tx.Wall.Add(undoTime())).Exec(tx)
	if err != nil {
		return err
	}
	return outbox.Send(tx.Tx, outbox.UndoEmailMail(s, old, token))
}

// undoTime returns how long a change of an address can be undone.
func undoTime() time.Duration { return clause.Standard(clause.EmailUndoDays).Elapsed() }

// UndoEmailChange restores the e-mail address that a person had before, by the
// link that was sent to it when it was replaced, within seven days (1.1). It
// undoes every later change too, and ends every session of the person. It is
// open to everyone who has the link. Refusals: EMAIL_UNDO_INVALID, EMAIL_TAKEN.
func UndoEmailChange(ctx context.Context, s *ent.Store, in UndoEmailChangeInput) (*UndoEmailChangePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "undoEmailChange", Secret: true}, func(tx *command.Tx) (*UndoEmailChangePayload, error) {
		change, err := tx.EmailChange.Query().Where(emailchange.TokenHash(ent.Hash(in.Token))).Only(tx)
		if db.IsNotFound(err) {
			return nil, EmailUndoInvalid.At("token")
		}
		if err != nil {
			return nil, err
		}
		n, err := tx.EmailChange.Update().Where(emailchange.ID(change.ID), emailchange.EndedAtIsNil(), emailchange.ExpiresAtGT(tx.Wall)).
			SetEndedAt(tx.Wall).Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, EmailUndoInvalid.At("token")
		}
		return &UndoEmailChangePayload{}, restoreEmail(tx, change)
	})
}

// restoreEmail gives a person the address back that it had before a change.
func restoreEmail(tx *command.Tx, change *db.EmailChange) error {
	row, err := tx.Person.Get(tx, change.PersonID)
	if err != nil {
		return err
	}
	now, err := address.Email(tx.Store(), row)
	if err != nil {
		return err
	}
	old, err := address.Open(tx.Store(), change.OldEmail, true)
	if err != nil {
		return err
	}
	n, err := tx.Person.Update().Where(person.ID(row.ID), person.EmailIndex(row.EmailIndex)).
		SetEmail(change.OldEmail).SetEmailIndex(change.OldEmailIndex).SetVerifiedEmailIndex(change.OldEmailIndex).SetEmailVerifiedAt(tx.Wall).
		ClearPendingEmail().ClearPendingEmailIndex().Save(tx)
	switch {
	case ent.IsDuplicate(err):
		return EmailTaken.At("token")
	case err != nil:
		return err
	case n == 0:
		return ent.ErrStale
	}
	// The links to undo what came after it undo nothing any more.
	err = tx.EmailChange.Update().Where(emailchange.PersonID(row.ID), emailchange.CreatedAtGTE(change.CreatedAt), emailchange.EndedAtIsNil()).
		SetEndedAt(tx.Wall).Exec(tx)
	if err != nil {
		return err
	}
	tx = proved(tx, row.ID)
	tx.AuditDetail("email", map[string]string{"before": address.Masked(now), "after": address.Masked(old)})
	return RevokeAll(tx.Tx, row.ID, "EMAIL_RESTORED")
}

// linksLeft refuses when a person got as many links in a day as it may:
// EMAIL_LINK_LIMIT.
func linksLeft(tx *ent.Tx, personID string) error {
	most := clause.Standard(clause.EmailLinksDay).Int()
	sent, err := tx.EmailLink.Query().Where(emaillink.PersonID(personID), emaillink.CreatedAtGT(tx.Wall.Add(-24*time.Hour)),
		emaillink.CreatedAtLT(tx.Wall.Add(24*time.Hour))). // a wrong clock wrote what lies further ahead
		Order(db.Desc(emaillink.FieldCreatedAt)).Limit(most).All(tx)
	if err != nil {
		return err
	}
	if len(sent) == most {
		left := calendar.Left(sent[most-1].CreatedAt, 24*time.Hour, tx.Wall)
		return EmailLinkLimit.With("retryAfter", seconds(left))
	}
	return nil
}
