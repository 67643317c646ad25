package staff_test

import (
	"testing"
	"time"

	"portico/ent/db/message"
	"portico/portal/kernel/outbox"
	"portico/portaltest"
)

// mailed counts the mails that an actor was sent.
func mailed(w *portaltest.World, a *portaltest.Actor) int {
	w.T.Helper()
	n, err := w.Portal.Store.Read().Message.Query().Where(message.RecipientIndex(outbox.Recipient(w.Portal.Store, a.Email))).Count(w.System())
	if err != nil {
		w.T.Fatal(err)
	}
	return n
}

// What others can do to a person again and again sends it some mails, and not one each time.
func TestNobodyFillsAnEmployeesMailbox(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		f := newFirm(w)
		mails := func() int { return mailed(w, f.b) }
		t.Run("5.4: ten mails a day tell an employee of its suspensions and of offers", func(t *testing.T) {
			before := mails()
			for range 4 { // two mails each
				w.Done(f.a, suspendM, suspending(f.heir))
				w.Done(f.a, resumeM, of(input{"employeeId": f.heir}))
			}
			w.Done(f.a, withdrawM, taking(f.offer(f.heir)))
			if n := mails() - before; n != 10 {
				t.Fatalf("%d mails of 10", n)
			}
			for range 5 {
				w.Done(f.a, suspendM, suspending(f.heir))
				w.Done(f.a, resumeM, of(input{"employeeId": f.heir}))
				w.Done(f.a, withdrawM, taking(f.offer(f.heir)))
			}
			if n := mails() - before; n != 10 {
				t.Errorf("%d mails of 30", n)
			}
		})
		t.Run("5.4: a day later they are sent again", func(t *testing.T) {
			w.Wall.Advance(24 * time.Hour)
			w.Begin(f.a)
			passedFactor(w, f.a)
			before := mails()
			w.Done(f.a, suspendM, suspending(f.heir))
			w.Done(f.a, resumeM, of(input{"employeeId": f.heir}))
			if n := mails() - before; n != 2 {
				t.Errorf("%d mails of 2", n)
			}
			for range 9 {
				w.Done(f.a, withdrawM, taking(f.offer(f.heir)))
			}
			if n := mails() - before; n != 10 {
				t.Errorf("%d mails of 20", n)
			}
		})
		t.Run("1.4: they use up none about the employee's own credentials, nor the one that the ownership has passed", func(t *testing.T) {
			before := mails()
			passedFactor(w, f.b)
			w.APIKey(f.b, nil, "ACCOUNT_READ")
			w.Done(f.b, takeM, taking(f.offer(f.heir)))
			if n := mails() - before; n != 2 {
				t.Errorf("%d mails of 2", n)
			}
		})
	})
}
