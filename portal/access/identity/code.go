package identity

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"time"

	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/phonecode"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// codeIndex is the domain of the blind index of codes.
const codeIndex = "code"

// RequestPhoneCode sends a code to a number, after a captcha for the same
// purpose was solved. It is public; answer and work are the same whether or not
// the number is registered. Refusals: PHONE_INVALID, CAPTCHA_WRONG, CODE_LIMIT
// (one a minute and 10 a day for a number, 20 a day for an address; 1.1).
func RequestPhoneCode(ctx context.Context, s *ent.Store, in RequestPhoneCodeInput) (*RequestPhoneCodePayload, error) {
	code, err := newCode()
	if err != nil {
		return nil, err
	}
	ctx, done, err := command.ToItsEnd(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	phone, ok := address.NormalPhone(in.Phone)
	solved := false
	if ok {
		if solved, err = solve(ctx, s, in.CaptchaID, in.CaptchaAnswer, in.Purpose); err != nil {
			return nil, err
		}
	}
	return command.Do(ctx, s, command.Command{Name: "requestPhoneCode", Input: in, Secret: true}, func(tx *command.Tx) (*RequestPhoneCodePayload, error) {
		switch {
		case !ok:
			return nil, address.PhoneInvalid.At("phone")
		case !solved:
			return nil, captchaWrong(in.Purpose)
		}
		index, from := address.PhoneIndex(s, phone), s.Index("address", tx.Principal().Network())
		if err := checkLimits(tx.Tx, index, from); err != nil {
			return nil, err
		}
		err := outbox.SendText(tx.Tx, phone, outbox.CodeText(code))
		var limit clause.Refusal
		if errors.As(err, &limit) { // the number received other messages too
			return nil, command.CommitRefusal(CodeLimit.With("retryAfter", limit.Params["retryAfter"]))
		}
		if err != nil {
			return nil, err
		}
		purpose, further := in.Purpose.stored()
		err = tx.PhoneCode.Create().SetPhoneIndex(index).SetAddressIndex(from).SetPurpose(phonecode.Purpose(purpose)).SetNillableFurtherPurpose(further).
			SetCodeHash(s.Index(codeIndex, index+code)).SetCreatedAt(tx.Wall).
			SetExpiresAt(tx.Wall.Add(clause.Standard(clause.CodeLifetime).Duration())).Exec(tx)
		if err != nil {
			return nil, err
		}
		wait := int((time.Minute / time.Duration(clause.Standard(clause.CodePerNumberMinute).Int())).Seconds())
		return &RequestPhoneCodePayload{RetryAfter: &wait}, nil
	})
}

func newCode() (string, error) {
	digits := clause.Standard(clause.CodeLength).Int()
	n, err := rand.Int(rand.Reader, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%0*d", digits, n), nil
}

// checkLimits counts sent codes over all concurrent transactions: the counter
// rows serialise requests for the same number or from the same address.
func checkLimits(tx *ent.Tx, phone, address string) error {
	if _, err := lockCounter(tx, ofPhone, phone); err != nil {
		return err
	}
	// Codes dated more than a day ahead were sent by a wrong clock, and don't
	// count.
	from, until := tx.Wall.Add(-24*time.Hour), tx.Wall.Add(24*time.Hour)
	sent, err := tx.PhoneCode.Query().Where(phonecode.PhoneIndex(phone), phonecode.CreatedAtGT(from), phonecode.CreatedAtLT(until)).
		Order(db.Desc(phonecode.FieldCreatedAt)).All(tx)
	if err != nil {
		return err
	}
	if err := within(sent, clause.Standard(clause.CodePerNumberMinute).Int(), tx.Wall, time.Minute); err != nil {
		return err
	}
	if err := within(sent, clause.Standard(clause.CodePerNumberDay).Int(), tx.Wall, 24*time.Hour); err != nil {
		return err
	}
	if tx.Store().Sandbox() { // integrators often try from one address
		return nil
	}
	if _, err := lockCounter(tx, ofAddress, address); err != nil {
		return err
	}
	sent, err = tx.PhoneCode.Query().Where(phonecode.AddressIndex(address), phonecode.CreatedAtGT(from), phonecode.CreatedAtLT(until)).
		Order(db.Desc(phonecode.FieldCreatedAt)).Limit(clause.Standard(clause.CodePerAddressDay).Int()).All(tx)
	if err != nil {
		return err
	}
	return within(sent, clause.Standard(clause.CodePerAddressDay).Int(), tx.Wall, 24*time.Hour)
}

// within refuses if a window of codes, newest first, is full; the refusal
// states when the oldest of them leaves it.
func within(sent []*db.PhoneCode, most int, now time.Time, window time.Duration) error {
	for _, c := range sent {
		left := calendar.Left(c.CreatedAt, window, now)
		if left > 0 {
			most--
		}
		if left > 0 && most == 0 {
			return command.CommitRefusal(CodeLimit.With("retryAfter", seconds(left)))
		}
	}
	return nil
}
