package outbox_test

import (
	"testing"

	"portico/ent"
	"portico/ent/db/message"
	"portico/portal/kernel/outbox"
	"portico/portaltest"
)

func TestMailsGoToVerifiedAddresses(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		ada, eve := w.Owner("Ada"), w.Owner("Eve")
		link := w.Message(ada.Email).Token
		mailed := func(to string, m outbox.Message) int {
			m.Channel, m.To, m.Subject, m.Body = message.ChannelEMAIL, to, "Test of a mail", "Text."
			if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error { return outbox.Send(tx, m) }); err != nil {
				t.Fatal(err)
			}
			n, err := w.Portal.Store.Read().Message.Query().Where(message.RecipientIndex(outbox.Recipient(w.Portal.Store, to)), message.Subject(m.Subject)).Count(w.System())
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		t.Run("1.1: an address gets no mail before its person has verified it, but that which proves it", func(t *testing.T) {
			if n := mailed(ada.Email, outbox.Message{Person: ada.PersonID}); n != 0 {
				t.Errorf("%d mails before", n)
			}
			if n := mailed(ada.Email, outbox.Message{}); n != 0 {
				t.Errorf("%d mails to nobody", n)
			}
			if n := mailed(ada.Email, outbox.Message{Proves: true}); n != 1 {
				t.Errorf("%d mails that prove it", n)
			}
			w.Done(nil, `mutation($i: VerifyEmailInput!) { verifyEmail(input: $i) { userErrors { code } } }`, map[string]any{"i": map[string]any{"token": link}})
			if n := mailed(ada.Email, outbox.Message{Person: ada.PersonID}); n != 2 {
				t.Errorf("%d mails after", n)
			}
		})
		t.Run("1.1: an address that another verified gets none either", func(t *testing.T) {
			if n := mailed(ada.Email, outbox.Message{Person: eve.PersonID}); n != 2 {
				t.Errorf("%d mails", n)
			}
		})
	})
}
