package outbox_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db/message"
	"portico/portal/kernel/outbox"
	"portico/portaltest"
)

const day = 24 * time.Hour

func TestARecipientIsSentSoMuch(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := w.Portal.Store
		code := func(to string) error {
			return s.Write(w.System(), func(tx *ent.Tx) error { return outbox.SendText(tx, to, outbox.CodeText("123456")) })
		}
		invitation := func(to string) error {
			return s.Write(w.System(), func(tx *ent.Tx) error {
				return outbox.SendText(tx, to, outbox.InvitationText(s, "100000001", "pi_x"))
			})
		}
		limited := func(err error) bool { return errors.Is(err, outbox.RecipientLimit) }
		times := func(n int, send func(string) error, to string) {
			t.Helper()
			for range n {
				if err := send(to); err != nil {
					t.Fatal(err)
				}
			}
		}
		t.Run("5.4: five messages without a code in 24 hours, and codes besides", func(t *testing.T) {
			const to = "+8613700000011"
			start := w.Wall.Now()
			times(5, invitation, to)
			if !limited(invitation(to)) {
				t.Error("a sixth is sent")
			}
			times(5, code, to)
			if !limited(code(to)) {
				t.Error("an eleventh is sent")
			}
			w.Wall.Set(start.Add(24*time.Hour - time.Millisecond))
			if !limited(code(to)) || !limited(invitation(to)) {
				t.Error("one is sent early")
			}
			w.Wall.Set(start.Add(24 * time.Hour))
			times(1, invitation, to)
			times(1, code, to)
		})
		t.Run("5.4: ten codes leave no room for another message", func(t *testing.T) {
			const to = "+8613700000012"
			times(10, code, to)
			if !limited(invitation(to)) || !limited(code(to)) {
				t.Error("one more is sent")
			}
			times(1, code, "+8613700000013")
		})
	})
}

func TestARecipientsMessagesInARace(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := w.Portal.Store
		code := func(to string) error {
			return s.Write(w.System(), func(tx *ent.Tx) error { return outbox.SendText(tx, to, outbox.CodeText("123456")) })
		}
		limited := func(err error) bool { return errors.Is(err, outbox.RecipientLimit) }
		t.Run("5.4: of 20 at once ten are sent", func(t *testing.T) {
			const to = "+8613700000014"
			var wg sync.WaitGroup
			results := make([]error, 20)
			for i := range results {
				wg.Go(func() { results[i] = code(to) })
			}
			wg.Wait()
			sent := 0
			for _, err := range results {
				if err == nil {
					sent++
				} else if !limited(err) {
					t.Error(err)
				}
			}
			n, err := s.Read().Message.Query().Where(message.RecipientIndex(outbox.Recipient(s, to))).Count(w.System())
			if sent != 10 || err != nil || n != 10 {
				t.Errorf("%d sent, %d kept, %v", sent, n, err)
			}
		})
		t.Run("9.7: what the provider sends by itself isn't counted", func(t *testing.T) {
			const to = "many@example.com"
			for range 20 {
				if err := s.Write(w.System(), func(tx *ent.Tx) error {
					return outbox.Send(tx, outbox.Message{Channel: message.ChannelEMAIL, To: to, Subject: "s", Body: "b"})
				}); err != nil {
					t.Fatal(err)
				}
			}
			err := s.Write(w.System(), func(tx *ent.Tx) error { return outbox.Send(tx, outbox.EmailLinkMail(s, to, "pe_x")) })
			if err != nil {
				t.Error(err)
			}
		})
	})
}

func TestAMailboxIsOneRecipientUnderAnyTag(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := w.Portal.Store
		send := func(to string) error {
			return s.Write(w.System(), func(tx *ent.Tx) error { return outbox.Send(tx, outbox.EmailLinkMail(s, to, "pe_x")) })
		}
		t.Run("5.4: tags make no more of one mailbox", func(t *testing.T) {
			for _, to := range []string{"anna@example.com", "anna+a@example.com", "anna+b@example.com", "anna+c+d@example.com", "anna+@example.com"} {
				if err := send(to); err != nil {
					t.Fatalf("%s: %v", to, err)
				}
			}
			if err := send("anna+e@example.com"); !errors.Is(err, outbox.RecipientLimit) {
				t.Errorf("a sixth is sent: %v", err)
			}
		})
		t.Run("5.4: other mailboxes are others", func(t *testing.T) {
			for _, to := range []string{"ann@example.com", "anna@example.org", "+anna@example.com"} {
				if err := send(to); err != nil {
					t.Errorf("%s: %v", to, err)
				}
			}
		})
	})
}

func TestARecipientOfAClockThatWasPutBack(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := w.Portal.Store
		send := func(to string) error {
			return s.Write(w.System(), func(tx *ent.Tx) error {
				return outbox.SendText(tx, to, outbox.InvitationText(s, "100000001", "pi_x"))
			})
		}
		start := w.Wall.Now()
		for ahead, free := range map[time.Duration]bool{40 * day: true, day: true, day - time.Second: false} {
			t.Run(fmt.Sprintf("5.4: what was sent %s ahead keeps nobody waiting for longer than a day", ahead), func(t *testing.T) {
				to := fmt.Sprint("+86137000000", int(ahead/day)+10)
				w.Wall.Set(start.Add(ahead))
				for range 5 {
					if err := send(to); err != nil {
						t.Fatal(err)
					}
				}
				w.Wall.Set(start)
				err := send(to)
				if errors.Is(err, outbox.RecipientLimit) == free {
					t.Error(err)
				}
				var r clause.Refusal
				if errors.As(err, &r) && r.Params["retryAfter"] != 24*3600 {
					t.Errorf("%v", r.Params)
				}
			})
		}
	})
}
