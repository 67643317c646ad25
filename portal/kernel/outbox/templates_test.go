package outbox_test

import (
	"strings"
	"testing"

	"portico/ent"
	"portico/ent/db/message"
	"portico/portal/kernel/outbox"
	"portico/portaltest"
)

// TestShortMessagesHoldNoChosenText renders every template of a short message
// with texts that a user might choose.
func TestShortMessagesHoldNoChosenText(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := w.Portal.Store
		templates := map[string]func(text string) outbox.Short{
			"code":       outbox.CodeText,
			"invitation": func(text string) outbox.Short { return outbox.InvitationText(s, text, "pi_token") },
		}
		for name, make := range templates {
			send := func(short outbox.Short) error {
				return s.Write(w.System(), func(tx *ent.Tx) error { return outbox.SendText(tx, "+8613700000001", short) })
			}
			t.Run("5.4: "+name+" takes digits and nothing else", func(t *testing.T) {
				for _, text := range []string{"【某银行】请登录", "Acme Ltd", "12 34", "http://evil.example", "", "１２３４５６"} {
					if err := send(make(text)); err == nil {
						t.Errorf("%q is sent", text)
					}
				}
				if err := send(make("123456")); err != nil {
					t.Error(err)
				}
				if text := make("123456").Text(); !strings.HasPrefix(text, "【柏廊】") || !strings.Contains(text, "123456") {
					t.Error(text)
				}
			})
		}
		for name, short := range map[string]outbox.Short{"password": outbox.PasswordChangedText(), "phone": outbox.PhoneChangedText(), "e-mail": outbox.EmailChangedText()} {
			t.Run("1.4: a change of the "+name+" is told in both languages, as often as it happens", func(t *testing.T) {
				for range 12 { // more than a recipient gets of what others ask for
					if err := s.Write(w.System(), func(tx *ent.Tx) error { return outbox.SendText(tx, "+8613700000003", short) }); err != nil {
						t.Fatal(err)
					}
				}
				if text := short.Text(); !strings.HasPrefix(text, "【柏廊】您的") || !strings.Contains(text, "changed") {
					t.Error(text)
				}
			})
		}
		t.Run("5.4: a short message without a template isn't sent", func(t *testing.T) {
			for _, err := range []error{
				s.Write(w.System(), func(tx *ent.Tx) error {
					return outbox.Send(tx, outbox.Message{Channel: message.ChannelSMS, To: "+8613700000002", Body: "text"})
				}),
				s.Write(w.System(), func(tx *ent.Tx) error { return outbox.SendText(tx, "+8613700000002", outbox.Short{}) }),
			} {
				if err == nil {
					t.Error("it is sent")
				}
			}
		})
	})
}

// TestMailsAboutSecondFactors renders the mail of every change.
func TestMailsAboutSecondFactors(t *testing.T) {
	subjects := map[string]bool{}
	for _, what := range []outbox.FactorChange{outbox.FactorAdded, outbox.FactorRemoved, outbox.RecoveryCodeUsed, outbox.RecoveryCodesReplaced} {
		m := outbox.FactorMail("ada@example.com", "pers_1", what)
		zh, en, both := strings.Cut(m.Body, "\n")
		if !both || !strings.HasPrefix(zh, "您的") || !strings.Contains(en, "If this was not you") || m.Subject == "" || subjects[m.Subject] {
			t.Errorf("1.4: %q: %q", m.Subject, m.Body)
		}
		if m.Person != "pers_1" || m.Channel != message.ChannelEMAIL {
			t.Errorf("1.4: it is sent to an address that may be another person's: %+v", m)
		}
		subjects[m.Subject] = true
	}
}
