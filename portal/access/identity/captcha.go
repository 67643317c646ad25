package identity

import (
	"context"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/captcha"
	"portico/ent/db/message"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
	"portico/text"
)

const captchaLifetime = 10 * time.Minute

// CreateCaptcha poses a challenge for one purpose: a picture, or a proof of
// work. It accepts one answer within ten minutes (1.1). It is public. In the
// sandbox the answer to a picture is stored among the messages. Refusals:
// CAPTCHA_KIND_UNAVAILABLE, THROTTLED.
func CreateCaptcha(ctx context.Context, s *ent.Store, in CreateCaptchaInput) (*CreateCaptchaPayload, error) {
	kind, c := offered.Of(s).pick(in.Kind)
	var posed Posed
	id := ent.NewID("capt")
	if c != nil {
		place, err := drawing(ctx, s)
		if err != nil {
			return nil, err
		}
		defer place.Leave()
		err = place.run(ctx, func() (err error) { posed, err = c.Pose(ctx, id); return err })
		if err != nil {
			return nil, err
		}
	}
	return command.Do(ctx, s, command.Command{Name: "createCaptcha", Input: in, Secret: true}, func(tx *command.Tx) (*CreateCaptchaPayload, error) {
		if c == nil {
			return nil, CaptchaKindUnavailable.At("kind").With("purpose", string(in.Purpose)).With("kind", string(kind))
		}
		purpose, further := in.Purpose.stored()
		row, err := tx.Captcha.Create().SetID(id).SetPurpose(captcha.Purpose(purpose)).SetNillableFurtherPurpose(further).SetKind(kind).SetAnswerHash(posed.Judged).
			SetCreatedAt(tx.Wall).SetExpiresAt(tx.Wall.Add(captchaLifetime)).Save(tx)
		if err != nil {
			return nil, err
		}
		if s.Sandbox() && posed.Answer != "" {
			err := outbox.Send(tx.Tx, outbox.Message{Channel: message.ChannelCAPTCHA, To: id, Subject: "captcha",
				Code: posed.Answer, Token: id})
			if err != nil {
				return nil, err
			}
		}
		tx.AuditObject("", id)
		return &CreateCaptchaPayload{Captcha: &Captcha{ID: id, Kind: kind, Image: posed.Image, Seed: posed.Seed,
			Difficulty: posed.Difficulty, ExpiresAt: row.ExpiresAt}}, nil
	})
}

// solve tries a captcha. The captcha is used up, in its own transaction, before
// its answer is compared, right or wrong. The context must run to its end.
func solve(ctx context.Context, s *ent.Store, id, answer string, purpose CodePurpose) (bool, error) {
	if ent.TypeOf(id) != "Captcha" {
		return false, nil
	}
	var row *db.Captcha
	err := s.Write(ctx, func(tx *ent.Tx) error {
		row = nil
		n, err := tx.Captcha.Update().
			Where(captcha.ID(id), purpose.ofCaptcha(), captcha.UsedAtIsNil(), captcha.ExpiresAtGT(tx.Wall)).
			SetUsedAt(tx.Wall).Save(tx)
		if err != nil || n == 0 {
			return err
		}
		row, err = tx.Captcha.Query().Where(captcha.ID(id)).Only(tx)
		return err
	})
	if err != nil || row == nil {
		return false, err
	}
	c := offered.Of(s)[row.Kind]
	if c == nil {
		return false, nil
	}
	return c.Solved(ctx, id, row.AnswerHash, text.Plain(answer))
}

func captchaWrong(purpose CodePurpose) clause.Refusal {
	return CaptchaWrong.At("captchaAnswer").With("purpose", string(purpose))
}
