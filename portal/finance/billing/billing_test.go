package billing_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"portico/ent/db/arrears"
	"portico/ent/db/bill"
	"portico/ent/db/message"
	"portico/ent/db/notice"
	"portico/portal/finance/billing"
	"portico/portal/finance/ledger"
	"portico/portaltest"

	"portico/ent"
	"portico/money"
)

func TestTheMonthInFigures(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := open(w, "Month", "2000.00")
		s.order("im-flagship", "1500.00", month)
		s.order("rtc-payg", "0.00", nil)
		s.order("push-payg", "0.00", nil)
		s.order("sms-partner", "0.00", nil)
		s.expect(t, "after the orders", s.balances(), "500.00 0.00 0.00")

		day := s.nextDay()
		w.AdvanceTo(day.Add(9 * time.Hour))
		hour := s.Portal.Store.Now().Truncate(time.Hour)
		s.uses("rtc.minutes", "1000", hour)
		w.AdvanceTo(hour.Add(30 * time.Minute))
		s.uses("rtc.minutes", "234.5", hour.Add(20*time.Minute))
		s.uses("push.messages", "123456", hour)
		w.AdvanceTo(hour.Add(time.Hour + closing - time.Second))
		s.expect(t, "3.4: before the period closes", fmt.Sprint(s.bills()), "[]")
		w.AdvanceTo(hour.Add(time.Hour + closing))
		s.expect(t, "3.4: an hour", fmt.Sprint(s.bills()), "[rtc 34.57 34.57 PAID]")
		s.expect(t, "after the hour", s.balances(), "465.43 0.00 0.00")
		line := portaltest.At(s.look(), "bills", "nodes", 0, "lines", 0)
		s.expect(t, "the line", fmt.Sprint(portaltest.String(line, "metric"), " ", portaltest.String(line, "quantity"), " ", portaltest.String(line, "unitPrice"), " ",
			portaltest.String(line, "per"), " ", portaltest.String(line, "amount", "amount")), "rtc.minutes 1234.5 0.0280 1 34.57")
		w.AdvanceTo(day.AddDate(0, 0, 1).Add(closing))
		s.expect(t, "3.4: a day", fmt.Sprint(s.bills()), "[rtc 34.57 34.57 PAID push 43.21 43.21 PAID]")
		s.expect(t, "after the day", s.balances(), "422.22 0.00 0.00")

		hour = s.nextHour()
		w.AdvanceTo(hour.Add(time.Minute))
		s.uses("rtc.minutes", "20000", hour)
		w.AdvanceTo(hour.Add(time.Hour + closing))
		s.expect(t, "3.8: the bill takes what the balance has", fmt.Sprint(s.bills()[2]), "rtc 560.00 422.22 UNPAID")
		s.expect(t, "3.8: the rest is owed", s.balances(), "0.00 0.00 137.78")
		s.expect(t, "3.8: what is metered in real time and third-party services stop at once", fmt.Sprint(s.runs()),
			"map[im-flagship:RUNNING push-payg:RUNNING rtc-payg:SUSPENDED sms-partner:SUSPENDED]")
		began := hour.Add(time.Hour + closing).In(zone)
		eighth := time.Date(began.Year(), began.Month(), began.Day()+8, 0, 0, 0, 0, zone)
		t.Run("3.8: on day seven subscriptions and what is billed by the day go on, on day eight they stop", func(t *testing.T) {
			w.AdvanceTo(eighth.Add(-time.Second))
			s.expect(t, "the seventh day", fmt.Sprint(s.runs()), "map[im-flagship:RUNNING push-payg:RUNNING rtc-payg:SUSPENDED sms-partner:SUSPENDED]")
			w.Clean()
			w.AdvanceTo(eighth)
			s.expect(t, "the eighth day", fmt.Sprint(s.runs()), "map[im-flagship:SUSPENDED push-payg:SUSPENDED rtc-payg:SUSPENDED sms-partner:SUSPENDED]")
			s.expect(t, "when it stops", portaltest.String(s.look(), "arrears", "stopsAt"), eighth.UTC().Format(time.RFC3339))
			w.Clean()
		})
		t.Run("3.8: what is in arrears can't be opened", func(t *testing.T) {
			r := w.Refused(s.owner, place, input{"i": input{"accountId": s.owner.AccountID, "planId": w.PlanID("rtc-payg"),
				"applicationId": w.Application(s.owner, "MAINLAND"), "expectedTotal": input{"amount": "0.00", "currency": "CNY"}}})
			if r.Code != "ARREARS" || r.Clause != "3.8" {
				t.Errorf("%+v", r)
			}
		})
		paidOff(t, w, s, eighth)
	})
}

// paidOff pays what is owed in two parts, and checks what that lifts.
func paidOff(t *testing.T, w *portaltest.World, s *shop, eighth time.Time) {
	t.Helper()
	t.Run("5.10: money that comes in pays arrears first; a part payment lifts nothing", func(t *testing.T) {
		w.TopUp(s.owner, "37.78")
		s.expect(t, "after a part", s.balances(), "0.00 0.00 100.00")
		s.expect(t, "nothing resumes", s.runs()["im-flagship"], "SUSPENDED")
		s.expect(t, "nothing restarts", portaltest.String(s.look(), "arrears", "stopsAt"), eighth.UTC().Format(time.RFC3339))
		w.TopUp(s.owner, "162.22")
	})
	s.expect(t, "5.10: the rest is cash", s.balances(), "62.22 0.00 0.00")
	s.expect(t, "3.8: everything resumes", fmt.Sprint(s.runs()), "map[im-flagship:RUNNING push-payg:RUNNING rtc-payg:RUNNING sms-partner:RUNNING]")
	s.expect(t, "3.9: paid and not invoiced", portaltest.String(s.look(), "invoiceable", "amount"), "2137.78")
	if n := len(portaltest.At(s.look(), "standing", "restrictions").([]any)); n != 0 {
		t.Errorf("%d restrictions are left", n)
	}
	w.Clean()
}

func TestPeriodsClose(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := open(w, "Close", "500.00")
		rtc := s.order("rtc-payg", "0.00", nil)
		hour := s.nextHour()
		w.AdvanceTo(hour.Add(time.Hour))
		t.Run("3.4: 9 minutes 59 after its end a period takes usage, after 10 it is for the next bill", func(t *testing.T) {
			w.AdvanceTo(hour.Add(time.Hour + closing - time.Second))
			s.uses("rtc.minutes", "10", hour)
			w.AdvanceTo(hour.Add(time.Hour + closing))
			s.expect(t, "late", s.reported(s.event("rtc.minutes", "100", hour.Add(time.Minute))), "1")
			s.expect(t, "billed", fmt.Sprint(s.bills()), "[rtc 0.28 0.28 PAID]")
		})
		t.Run("3.4: no usage, no bill", func(t *testing.T) {
			w.AdvanceTo(hour.Add(5 * time.Hour))
			s.expect(t, "idle hours, but for what came late", fmt.Sprint(s.bills()), "[rtc 0.28 0.28 PAID rtc 2.80 2.80 PAID]")
		})
		t.Run("3.6: a closed service gets its last bill", func(t *testing.T) {
			hour := s.nextHour()
			w.AdvanceTo(hour.Add(10 * time.Minute))
			s.uses("rtc.minutes", "100", hour)
			w.Done(s.owner, `mutation($i: CloseServiceInput!) { closeService(input: $i) { service { status } userErrors { code } } }`, input{"i": input{"serviceId": rtc}})
			s.expect(t, "after the closing", s.reported(s.event("rtc.minutes", "5", w.Portal.Store.Now())), "0 USAGE_NO_SERVICE")
			w.AdvanceTo(hour.Add(time.Hour + closing))
			s.expect(t, "the last bill", s.bills()[2], "rtc 2.80 2.80 PAID")
		})
		t.Run("3.6: a deleted application gets its last bill", func(t *testing.T) {
			s.order("rtc-payg", "0.00", nil)
			hour := s.nextHour()
			w.AdvanceTo(hour.Add(10 * time.Minute))
			s.uses("rtc.minutes", "200", hour)
			w.Done(s.owner, `mutation($i: DeleteApplicationInput!) { deleteApplication(input: $i) { application { status } userErrors { code } } }`, input{"i": input{"applicationId": s.app}})
			w.AdvanceTo(hour.Add(time.Hour + closing))
			s.expect(t, "the last bill", s.bills()[3], "rtc 5.60 5.60 PAID")
		})
		w.Clean()
	})
}

func TestTwoRunsMakeOneBill(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		var shops []*shop
		for i := range 5 {
			s := open(w, fmt.Sprint("Twin", i), "150.00")
			s.order("rtc-payg", "0.00", nil)
			shops = append(shops, s)
		}
		hour := shops[0].nextHour()
		w.AdvanceTo(hour.Add(time.Minute))
		for _, s := range shops {
			s.uses("rtc.minutes", "10000", hour)
		}
		// The clock moves; the jobs don't run.
		jobs := w.Portal.Jobs
		w.Portal.Jobs = nil
		w.AdvanceTo(hour.Add(time.Hour + closing))
		w.Portal.Jobs = jobs
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				if _, err := billing.Run().Run(w.System(), w.Portal.Store); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		for _, s := range shops {
			s.expect(t, "3.4: exactly one bill", fmt.Sprint(s.bills()), "[rtc 280.00 150.00 UNPAID]")
			s.expect(t, "3.8: owed once", s.balances(), "0.00 0.00 130.00")
		}
		w.Clean()
	})
}

func TestBonusPaysBillsAndNoArrears(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := open(w, "Bonus", "100.00")
		s.order("rtc-payg", "0.00", nil)
		grant := func(minor int64) {
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				return ledger.Grant(tx, s.owner.AccountID, ent.NewID("prom"), money.New(minor, money.CNY))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		grant(5000)
		hour := s.nextHour()
		w.AdvanceTo(hour.Add(time.Minute))
		s.uses("rtc.minutes", "1000", hour) // 28.00
		w.AdvanceTo(hour.Add(time.Hour + closing))
		s.expect(t, "3.4: bonus first", s.balances(), "100.00 22.00 0.00")
		s.expect(t, "5.10: what bonus paid can't be invoiced", portaltest.String(s.look(), "invoiceable", "amount"), "0.00")
		hour = s.nextHour()
		w.AdvanceTo(hour.Add(time.Minute))
		s.uses("rtc.minutes", "10000", hour) // 280.00
		w.AdvanceTo(hour.Add(time.Hour + closing))
		s.expect(t, "3.8: owed", s.balances(), "0.00 0.00 158.00")
		grant(20000)
		s.expect(t, "5.10: bonus pays no arrears", s.balances(), "0.00 200.00 158.00")
		s.expect(t, "3.8: nothing resumes", s.runs()["rtc-payg"], "SUSPENDED")
		t.Run("3.6: what is used while stopped is owed", func(t *testing.T) {
			hour := s.nextHour()
			w.AdvanceTo(hour.Add(time.Minute))
			s.uses("rtc.minutes", "1000", hour)
			w.AdvanceTo(hour.Add(time.Hour + closing))
			s.expect(t, "the bonus pays it", s.balances(), "0.00 172.00 158.00")
		})
		w.TopUp(s.owner, "158.00")
		s.expect(t, "5.10: cash pays them", s.balances(), "0.00 172.00 0.00")
		s.expect(t, "invoiceable", portaltest.String(s.look(), "invoiceable", "amount"), "258.00")
		w.Clean()
	})
}

func TestArrearsArePaidOldestFirstAndRemindedOnce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := open(w, "Oldest", "100.00")
		s.order("rtc-payg", "0.00", nil)
		for range 3 {
			hour := s.nextHour()
			w.AdvanceTo(hour.Add(time.Minute))
			s.uses("rtc.minutes", "5000", hour) // 140.00
			w.AdvanceTo(hour.Add(time.Hour + closing))
		}
		s.expect(t, "owed", fmt.Sprint(s.bills()), "[rtc 140.00 100.00 UNPAID rtc 140.00 0.00 UNPAID rtc 140.00 0.00 UNPAID]")
		w.TopUp(s.owner, "100.00")
		s.expect(t, "5.10: the oldest first", fmt.Sprint(s.bills()), "[rtc 140.00 140.00 PAID rtc 140.00 60.00 UNPAID rtc 140.00 0.00 UNPAID]")
		store, ctx := w.Portal.Store, w.System()
		rows := store.Read().Arrears.Query().Where(arrears.AccountID(s.owner.AccountID)).AllX(ctx)
		if len(rows) != 1 {
			t.Fatalf("%d arrears run", len(rows))
		}
		w.AdvanceTo(rows[0].StopsAt.Add(time.Hour))
		n := store.Read().Notice.Query().Where(notice.Kind("BILLING"), notice.SubjectID(rows[0].ID)).CountX(ctx)
		if n != 3 {
			t.Errorf("3.8: %d reminders instead of one at the beginning, one a day before the stop, one at it", n)
		}
		w.TopUp(s.owner, "220.00")
		s.expect(t, "after zero", s.balances(), "0.00 0.00 0.00")
		t.Run("3.8: a new count starts only after zero", func(t *testing.T) {
			hour := s.nextHour()
			w.AdvanceTo(hour.Add(time.Minute))
			s.uses("rtc.minutes", "1", hour) // 0.03
			w.AdvanceTo(hour.Add(time.Hour + closing))
			rows := store.Read().Arrears.Query().Where(arrears.AccountID(s.owner.AccountID), arrears.EndedAtIsNil()).AllX(ctx)
			if len(rows) != 1 || !rows[0].StopsAt.After(w.Portal.Store.Now().AddDate(0, 0, 7)) {
				t.Errorf("%v", rows)
			}
		})
		w.Clean()
	})
}

func TestHourlyBillsAreMailedOnceADay(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := open(w, "Digest", "500.00")
		w.VerifyEmail(s.owner)
		s.order("rtc-payg", "0.00", nil)
		day := s.nextDay()
		mails := func() int {
			return w.Portal.Store.Read().Message.Query().Where(message.ChannelEQ(message.ChannelEMAIL), message.Subject("账单 Bill")).CountX(w.System())
		}
		for h := range 3 {
			hour := day.Add(time.Duration(20+h) * time.Hour) // the last ends at 23:00
			w.AdvanceTo(hour.Add(time.Minute))
			s.uses("rtc.minutes", "100", hour)
		}
		w.AdvanceTo(day.AddDate(0, 0, 1).Add(closing - time.Second))
		if n := mails(); n != 0 || len(s.bills()) != 3 {
			t.Errorf("3.4: %d mails, %d bills before the day is billed", n, len(s.bills()))
		}
		w.AdvanceTo(day.AddDate(0, 0, 2))
		if n := mails(); n != 1 {
			t.Errorf("3.4: %d mails of a day's hourly bills", n)
		}
		if n := w.Portal.Store.Read().Bill.Query().Where(bill.DigestAtNotNil()).CountX(w.System()); n != 0 {
			t.Errorf("%d bills still wait", n)
		}
	})
}
