package service_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico/ent"
	"portico/portaltest"
)

// renewed opens a service and renews it month by month. It returns the ends of
// the terms, as days of the zone.
func renewed(w *portaltest.World, a *portaltest.Actor, zone *time.Location, terms int) (ends []string) {
	w.T.Helper()
	app := w.Application(a, "MAINLAND")
	for range terms {
		open(w, a, app, "im-flagship", "1500.00", month(1))
		list := portaltest.At(w.Must(a, services, input{"id": a.AccountID}), "account", "services", "nodes").([]any)
		end, err := time.Parse(time.RFC3339, portaltest.String(list[len(list)-1], "expiresAt"))
		if err != nil {
			w.T.Fatal(err)
		}
		ends = append(ends, end.In(zone).Format("01-02 15:04"))
	}
	return ends
}

// TestTermsKeepTheirDay opens services on the last days of months and just
// beside midnight in the zone, and renews each. Every term ends on the day of
// the month on which the first began, or on the last day of a shorter month.
func TestTermsKeepTheirDay(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		shanghai, err := time.LoadLocation("Asia/Shanghai")
		if err != nil {
			t.Fatal(err)
		}
		berlin, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range []struct {
			what string
			zone *time.Location
			at   time.Time
			want string
		}{
			{"3.7: from 28 January", shanghai, time.Date(2027, 1, 28, 10, 0, 0, 0, shanghai), "[02-28 10:00 03-28 10:00 04-28 10:00]"},
			{"3.7: from 29 January", shanghai, time.Date(2027, 1, 29, 10, 0, 0, 0, shanghai), "[02-28 10:00 03-29 10:00 04-29 10:00]"},
			{"3.7: from 30 January", shanghai, time.Date(2027, 1, 30, 10, 0, 0, 0, shanghai), "[02-28 10:00 03-30 10:00 04-30 10:00]"},
			{"3.7: from the first minute of 31 January, which in UTC is the day before", shanghai, time.Date(2027, 1, 31, 0, 0, 0, 0, shanghai), "[02-28 00:00 03-31 00:00 04-30 00:00 05-31 00:00]"},
			{"3.7: from the last minute of 31 January", shanghai, time.Date(2027, 1, 31, 23, 59, 0, 0, shanghai), "[02-28 23:59 03-31 23:59 04-30 23:59]"},
			{"3.7: from the last minute of a month west of UTC, which in UTC is the same, in Shanghai the next", berlin, time.Date(2027, 10, 31, 23, 59, 0, 0, berlin), "[11-30 23:59 12-31 23:59 01-31 23:59 02-29 23:59 03-31 23:59]"},
			{"3.7: from 31 January of a leap year", shanghai, time.Date(2028, 1, 31, 10, 0, 0, 0, shanghai), "[02-29 10:00 03-31 10:00 04-30 10:00]"},
			{"3.7: from 29 February", shanghai, time.Date(2028, 2, 29, 10, 0, 0, 0, shanghai), "[03-29 10:00 04-29 10:00 05-29 10:00]"},
		} {
			t.Run(c.what, func(t *testing.T) {
				w.AdvanceTo(c.at)
				a := w.Funded(fmt.Sprint("Anchor", i), "9000.00")
				if c.zone != shanghai {
					if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
						return tx.Override.Create().SetAccountID(a.AccountID).SetFigure("agreement.zone").SetValue(c.zone.String()).SetAgreement("A-1").
							SetFromAt(tx.Now).SetRecordedBy("prsn_x").SetRecordedAt(tx.Now).Exec(tx)
					}); err != nil {
						t.Fatal(err)
					}
				}
				if got := fmt.Sprint(renewed(w, a, c.zone, len(strings.Fields(c.want))/2)); got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
			})
		}
		t.Run("3.7: what is renewed after it has expired starts again", func(t *testing.T) {
			w.AdvanceTo(time.Date(2029, 1, 31, 10, 0, 0, 0, shanghai))
			a := w.Funded("Lapsed", "3000.00")
			app := w.Application(a, "MAINLAND")
			open(w, a, app, "im-flagship", "1500.00", month(1))
			w.AdvanceTo(time.Date(2029, 3, 5, 10, 0, 0, 0, shanghai))
			open(w, a, app, "im-flagship", "1500.00", month(1))
			last := portaltest.At(w.Must(a, services, input{"id": a.AccountID}), "account", "services", "nodes", 1)
			if got := portaltest.String(last, "expiresAt"); got != "2029-04-05T02:00:00Z" {
				t.Error(got)
			}
		})
	})
}

// TestTermsKeepTheirDayInAnotherZone changes the zone of an account while a
// service runs: no term becomes a month shorter or longer.
func TestTermsKeepTheirDayInAnotherZone(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		shanghai, err := time.LoadLocation("Asia/Shanghai")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			what, zone string
			at         time.Time
			want       string
		}{
			{"3.7: a zone in which the first is the day before", "America/New_York", time.Date(2028, 3, 1, 0, 30, 0, 0, shanghai), "[04-01 00:30 05-02 00:30 06-02 00:30]"},
			{"3.7: a zone in which the last is the day after", "Pacific/Auckland", time.Date(2028, 3, 31, 23, 30, 0, 0, shanghai), "[04-30 23:30 05-30 23:30 06-29 23:30]"},
		} {
			t.Run(c.what, func(t *testing.T) {
				w.AdvanceTo(c.at)
				a := w.Funded("Moved "+c.zone, "9000.00")
				app := w.Application(a, "MAINLAND")
				ends := func() string {
					open(w, a, app, "im-flagship", "1500.00", month(1))
					list := portaltest.At(w.Must(a, services, input{"id": a.AccountID}), "account", "services", "nodes").([]any)
					end, err := time.Parse(time.RFC3339, portaltest.String(list[len(list)-1], "expiresAt"))
					if err != nil {
						t.Fatal(err)
					}
					return end.In(shanghai).Format("01-02 15:04")
				}
				got := []string{ends()}
				if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
					return tx.Override.Create().SetAccountID(a.AccountID).SetFigure("agreement.zone").SetValue(c.zone).SetAgreement("A-1").
						SetFromAt(tx.Now).SetRecordedBy("prsn_x").SetRecordedAt(tx.Now).Exec(tx)
				}); err != nil {
					t.Fatal(err)
				}
				got = append(got, ends(), ends())
				if fmt.Sprint(got) != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
			})
		}
	})
}
