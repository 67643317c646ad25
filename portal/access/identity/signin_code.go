package identity

import (
	"context"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/person"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
)

// SignInWithCode opens a session by a code of the purpose SIGN_IN that was sent
// to the person's number, or returns a challenge if the person has a second factor
// (1.4). It is open to everyone who has the code. The
// tries of a code are bounded; a wrong code gets the same answer whether or not
// the number is registered. Refusals: PHONE_INVALID, CODE_WRONG,
// PHONE_NOT_REGISTERED (shown only to a caller who has proved the number; 1.1),
// THROTTLED, and those of [Deliver].
func SignInWithCode(ctx context.Context, s *ent.Store, in SignInWithCodeInput) (*SignInWithCodePayload, error) {
	return Deliver(ctx, s, in.Delivery, func() (*SignInWithCodePayload, error) { return signInWithCode(ctx, s, in) })
}

func signInWithCode(ctx context.Context, s *ent.Store, in SignInWithCodeInput) (*SignInWithCodePayload, error) {
	phone, ok := address.NormalPhone(in.Phone)
	if !ok { // no code is tried
		return command.Do(ctx, s, command.Command{Name: "signInWithCode", Secret: true}, func(*command.Tx) (*SignInWithCodePayload, error) {
			return nil, address.PhoneInvalid.At("phone")
		})
	}
	nothing := func(context.Context, *Place, bool) error { return nil }
	try := CodeTry{Phone: phone, Code: in.Code, Purpose: ForSignIn}
	return WithCode(ctx, s, "signInWithCode", try, nothing, func(tx *command.Tx) (*SignInWithCodePayload, error) {
		row, err := tx.Person.Query().Where(person.PhoneIndex(address.PhoneIndex(s, phone))).Only(tx)
		if db.IsNotFound(err) {
			return nil, command.CommitRefusal(PhoneNotRegistered.At("phone").With("phone", phone))
		}
		if err != nil {
			return nil, err
		}
		entry, err := Enter(proved(tx, row.ID), row)
		if err != nil {
			return nil, err
		}
		return &SignInWithCodePayload{Delivered: Delivered{Session: entry.Session}, Challenge: entry.Challenge}, nil
	})
}
