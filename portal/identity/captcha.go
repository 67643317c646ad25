package identity

import (
	"bytes"
	"context"
	"encoding/base64"
	"time"

	captchas "github.com/dchest/captcha"

	"portico/ent"
	"portico/ent/db/captcha"
	"portico/ent/db/message"
	"portico/portal/act"
	"portico/portal/outbox"
)

const (
	captchaDigits   = 6
	captchaLifetime = 10 * time.Minute
	captchaDomain   = "captcha"
)

// CreateCaptcha makes a picture puzzle for one purpose; it serves one answer
// within ten minutes (1.1). For everyone. In the sandbox the answer is kept
// among the messages.
func CreateCaptcha(ctx context.Context, s *ent.Store, in CreateCaptchaInput) (*CreateCaptchaPayload, error) {
	digits := captchas.RandomDigits(captchaDigits)
	var picture bytes.Buffer
	if _, err := captchas.NewImage("portico", digits, captchas.StdWidth, captchas.StdHeight).WriteTo(&picture); err != nil {
		return nil, err
	}
	answer := make([]byte, len(digits))
	for i, d := range digits {
		answer[i] = '0' + d
	}
	return act.Do(ctx, s, act.Command{Name: "createCaptcha", Input: in, Secret: true}, func(tx *ent.Tx) (*CreateCaptchaPayload, error) {
		id := ent.NewID("capt")
		row, err := tx.Captcha.Create().SetID(id).SetPurpose(captcha.Purpose(in.Purpose)).
			SetAnswerHash(s.Index(captchaDomain, id+string(answer))).
			SetCreatedAt(tx.Wall).SetExpiresAt(tx.Wall.Add(captchaLifetime)).Save(tx)
		if err != nil {
			return nil, err
		}
		if s.Sandbox() {
			err := outbox.Send(tx, outbox.Message{Channel: message.ChannelCAPTCHA, To: id, Subject: "captcha",
				Code: string(answer), Token: id})
			if err != nil {
				return nil, err
			}
		}
		tx.On("", id)
		return &CreateCaptchaPayload{Captcha: &Captcha{ID: id, ExpiresAt: row.ExpiresAt,
			Image: "data:image/png;base64," + base64.StdEncoding.EncodeToString(picture.Bytes())}}, nil
	})
}

// solve uses a captcha up. A wrong answer uses it up too, so its refusal is
// kept.
func solve(tx *ent.Tx, id, answer string, purpose captcha.Purpose, field string) error {
	wrong := act.Keep(CaptchaWrong.At(field).With("purpose", string(purpose)))
	if ent.TypeOf(id) != "Captcha" {
		return wrong
	}
	n, err := tx.Captcha.Update().
		Where(captcha.ID(id), captcha.PurposeEQ(purpose), captcha.UsedAtIsNil(), captcha.ExpiresAtGT(tx.Wall)).
		SetUsedAt(tx.Wall).Save(tx)
	if err != nil {
		return err
	}
	if n == 0 {
		return wrong
	}
	right, err := tx.Captcha.Query().
		Where(captcha.ID(id), captcha.AnswerHash(tx.Store().Index(captchaDomain, id+fold(answer)))).Exist(tx)
	if err != nil {
		return err
	}
	if !right {
		return wrong
	}
	return nil
}
