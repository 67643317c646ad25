package identity

import (
	"context"
	"log/slog"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/person"
	"portico/ent/db/phonecode"
	"portico/ent/db/session"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// ChangePhone gives the signed-in person another phone number (1.1). Both ends
// are proved: the new number by a code that was sent to it, and the present one
// by a code that was sent to it or, where it isn't at hand, by the password. It
// ends every other session of the person, and tells the old number and the
// verified e-mail address. Whether a number is taken is shown only to a caller
// who has proved it. Refusals: PHONE_INVALID, INVALID_INPUT, CODE_WRONG,
// CURRENT_PASSWORD_WRONG, TRIES_EXCEEDED, PHONE_REGISTERED, THROTTLED.
func ChangePhone(ctx context.Context, s *ent.Store, in ChangePhoneInput) (*ChangePhonePayload, error) {
	p := authz.From(ctx)
	phone, ok := address.NormalPhone(in.Phone)
	if refused := in.check(p, ok); refused != nil { // nothing is tried
		return command.Do(ctx, s, command.Command{Name: "changePhone", SignedIn: true, Secret: true}, func(*command.Tx) (*ChangePhonePayload, error) {
			return nil, refused
		})
	}
	own := &presentNumber{personID: p.ID, password: in.CurrentPassword, code: in.CurrentPhoneCode}
	prepare := func(ctx context.Context, place *Place, _ bool) error { return own.try(ctx, s, place) }
	try := CodeTry{Phone: phone, Code: in.Code, Purpose: ForChangePhone, SignedIn: true}
	payload, err := WithCode(ctx, s, "changePhone", try, prepare, func(tx *command.Tx) (*ChangePhonePayload, error) {
		row, err := own.holder(tx)
		if err != nil {
			return nil, err
		}
		return move(tx, row, phone)
	})
	if err != nil {
		own.giveBack(ctx, s)
	}
	return payload, err
}

// check returns the refusal of an input of which nothing is tried; nil if there
// is none.
func (in ChangePhoneInput) check(p *authz.Principal, valid bool) error {
	switch {
	case p.Kind != authz.Person:
		return clause.OnlySelf
	case !valid:
		return address.PhoneInvalid.At("phone")
	case (in.CurrentPassword == nil) == (in.CurrentPhoneCode == nil):
		return clause.InvalidField("currentPassword", "请在当前密码与发送到原号码的验证码中恰好填写一项。", "give either the present password or a code sent to the present number, and not both.")
	}
	return nil
}

// presentNumber is how a person proves that its present number may be replaced:
// by a code to it, or by the password.
type presentNumber struct {
	personID       string
	password, code *string
	tried          presentPassword
	// number is the number that was tried, and proof the code that was right.
	number, proof string
	wrong         clause.Refusal
}

// try counts the try and compares the secret. The result is looked at once the
// new number is proved.
func (n *presentNumber) try(ctx context.Context, s *ent.Store, place *Place) (err error) {
	if n.password != nil {
		n.wrong = CurrentPasswordWrong.At("currentPassword")
		if n.tried, err = tryPassword(ctx, s, place, n.personID, *n.password); err == nil && !n.tried.right {
			err = n.wrong
		}
		return err
	}
	row, err := s.Read().Person.Get(ctx, n.personID)
	if err != nil {
		return err
	}
	if n.number, err = address.Phone(s, row); err != nil {
		return err
	}
	try := CodeTry{Phone: n.number, Code: *n.code, Purpose: ForChangePhone}
	n.wrong = CodeWrong.At("currentPhoneCode").With("phone", n.number).With("purpose", string(ForChangePhone))
	if n.proof, err = try.try(ctx, s); err == nil && n.proof == "" {
		err = n.wrong
	}
	return err
}

// holder returns the person, as it is now, whose present number was proved; a
// code is used up.
func (n *presentNumber) holder(tx *command.Tx) (*db.Person, error) {
	row, err := tx.Person.Get(tx, n.personID)
	if err != nil {
		return nil, err
	}
	if n.password != nil {
		if row.PasswordHash != n.tried.row.PasswordHash { // it was changed after it was compared
			return nil, n.wrong
		}
		return row, passwordBound.forget(tx.Tx, n.personID)
	}
	if row.PhoneIndex != address.PhoneIndex(tx.Store(), n.number) {
		return nil, n.wrong
	}
	used, err := tx.PhoneCode.Update().Where(phonecode.ID(n.proof), phonecode.UsedAtIsNil()).SetUsedAt(tx.Wall).Save(tx)
	if err == nil && used == 0 { // a concurrent request used it first
		err = command.CommitRefusal(n.wrong)
	}
	return row, err
}

// giveBack subtracts a right try after a refusal for another reason.
func (n *presentNumber) giveBack(ctx context.Context, s *ent.Store) {
	n.tried.giveBack(ctx, s)
	if n.proof == "" {
		return
	}
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), countBound)
	defer done()
	if err := giveBack(ctx, s, n.proof); err != nil { // it stays counted
		slog.ErrorContext(ctx, "right try not subtracted", "action", "changePhone", "error", err)
	}
}

// move gives a person a number that it has proved.
func move(tx *command.Tx, row *db.Person, phone string) (*ChangePhonePayload, error) {
	s := tx.Store()
	tx.AuditObject("", row.ID)
	old, err := address.Phone(s, row)
	if err != nil {
		return nil, err
	}
	taken := PhoneRegistered.At("phone").With("phone", phone)
	if phone == old {
		return nil, taken
	}
	a := address.Address{Value: phone}
	sealed, err := a.Seal(s)
	if err != nil {
		return nil, err
	}
	n, err := tx.Person.Update().Where(person.ID(row.ID), person.PhoneIndex(row.PhoneIndex), person.PasswordHash(row.PasswordHash)).
		SetPhone(sealed).SetPhoneIndex(a.Index(s)).Save(tx)
	switch {
	case ent.IsDuplicate(err):
		return nil, taken
	case err != nil:
		return nil, err
	case n == 0: // changed concurrently: what was proved is looked at again
		return nil, ent.ErrStale
	}
	tx.AuditDetail("phone", map[string]string{"before": address.Masked(old), "after": address.Masked(phone)})
	if err := revoke(tx.Tx, "PHONE_CHANGED", session.PersonID(row.ID), session.IDNEQ(tx.Principal().SessionID)); err != nil {
		return nil, err
	}
	if err := recognise(tx.Tx, row.ID); err != nil { // this network is known for the new login too
		return nil, err
	}
	if err := tellMoved(tx.Tx, row, old); err != nil {
		return nil, err
	}
	row, err = tx.Person.Get(tx, row.ID)
	return &ChangePhonePayload{Person: row}, err
}

// tellMoved tells the old number of a person, and its verified address, that the
// number was changed.
func tellMoved(tx *ent.Tx, row *db.Person, old string) error {
	ok, err := tellable(tx, ofChange, row.ID)
	if err != nil || !ok {
		return err
	}
	if err := outbox.SendText(tx, old, outbox.PhoneChangedText()); err != nil {
		return err
	}
	to, err := address.Mailbox(tx.Store(), row)
	if err != nil || to == "" {
		return err
	}
	return outbox.Send(tx, outbox.PhoneChangedMail(to, row.ID, tx.Wall))
}
