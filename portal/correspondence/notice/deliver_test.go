package notice_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"portico/ent/db/message"
	"portico/portal/correspondence/notice"
	"portico/portal/customer/agreement"
	agreementdemo "portico/portal/customer/agreement/demo"
	"portico/portal/kernel/job"
	"portico/portal/kernel/outbox"
	"portico/portaltest"
)

// mails returns the number of emails with a subject to an actor.
func mails(w *portaltest.World, to *portaltest.Actor, subject string) int {
	w.T.Helper()
	n, err := w.Portal.Store.Read().Message.Query().Where(message.ChannelEQ(message.ChannelEMAIL), message.Subject(subject),
		message.RecipientIndex(outbox.Recipient(w.Portal.Store, to.Email))).Count(w.System())
	if err != nil {
		w.T.Fatal(err)
	}
	return n
}

func TestANoticeByMailReachesEachOwnerOnceHoweverOftenItIsCutOff(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		operator := w.Operator("support")
		var owners []*portaltest.Actor
		for i := range 5 {
			owners = append(owners, w.Owner(fmt.Sprint("Owner ", i)))
			w.VerifyEmail(owners[i])
		}
		order(w, w.Funded("Customer", "5000.00"), "im-flagship")
		publish(w, operator, "to all", input{"channels": []any{"EMAIL"}})
		publish(w, operator, "to two", input{"channels": []any{"EMAIL", "IN_SITE"}, "audience": input{"accountIds": []any{owners[0].AccountID, owners[3].AccountID}}})
		publish(w, operator, "to users of push", input{"channels": []any{"EMAIL"}, "audience": input{"productCodes": []any{"push"}}})
		w.Wall.Set(w.Wall.Now().Add(time.Second))
		late := w.Owner("Late")
		// Two runners run concurrently; one of them is stopped after each
		// batch.
		runner := job.Runner{Store: w.Portal.Store, Holder: "a"}
		for range 10 {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
			_, _ = runner.Once(ctx, notice.Deliver())
			cancel()
		}
		w.RunJobs()
		w.RunJobs()
		for i, o := range owners {
			two := 0
			if i == 0 || i == 3 {
				two = 1
			}
			if got := [3]int{mails(w, o, "to all"), mails(w, o, "to two"), mails(w, o, "to users of push")}; got != [3]int{1, two, 0} {
				t.Errorf("owner %d: %v", i, got)
			}
		}
		if n := mails(w, late, "to all"); n != 0 {
			t.Errorf("an account opened afterwards was mailed %d times", n)
		}
	})
}

func TestClause0AnAmendmentIsAnnouncedToEveryAccountOnce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, unproved := w.Owner("Amended"), w.Owner("Unproved")
		w.VerifyEmail(a)
		if _, account := list(w, a, nil); portaltest.At(account, "unreadNoticeCount") != 0.0 {
			t.Errorf("the first versions were announced: %v", account)
		}
		docs := agreementdemo.Documents()
		docs[0].Version, docs[0].EffectiveAt = "2026-2", portaltest.Start.AddDate(0, 0, 40)
		for range 2 {
			if _, err := agreement.Load(w.System(), w.Portal.Store, docs); err != nil {
				t.Fatal(err)
			}
		}
		d := w.Must(a, `query($id: ID!) { account(id: $id) { notices { nodes { kind clause effectiveAt title body } } } }`, map[string]any{"id": a.AccountID})
		nodes := portaltest.At(d, "account", "notices", "nodes").([]any)
		if len(nodes) != 1 || portaltest.String(nodes[0], "kind") != "TERMS" || portaltest.String(nodes[0], "clause") != "0" ||
			portaltest.String(nodes[0], "effectiveAt") != stamp(docs[0].EffectiveAt) {
			t.Fatalf("%v", nodes)
		}
		w.RunJobs()
		row, err := w.Portal.Store.Read().Notice.Query().Only(w.System())
		if err != nil {
			t.Fatal(err)
		}
		if n := mails(w, a, row.Title+" "+*row.TitleEn); n != 1 {
			t.Errorf("%d mails", n)
		}
		if n := mails(w, unproved, row.Title+" "+*row.TitleEn); n != 0 {
			t.Errorf("1.1: an address that isn't verified got %d mails", n)
		}
		docs[0].Version = "2026-3" // it takes effect too early, so it isn't announced
		if _, err := agreement.Load(w.System(), w.Portal.Store, docs); err == nil {
			t.Error("two versions from one instant on")
		}
		if n, err := w.Portal.Store.Read().Notice.Query().Count(w.System()); err != nil || n != 1 {
			t.Errorf("%d notices, %v", n, err)
		}
	})
}
