package order_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/employee"
	"portico/ent/db/grant"
	"portico/ent/db/grantmonth"
	"portico/money"
	"portico/portal/access/staff"
	"portico/portal/offer/catalog"
	orders "portico/portal/trade/order"
	"portico/portaltest"
)

// flagship returns an order of 1500.00 for a new application of an account.
func flagship(w *portaltest.World, a *portaltest.Actor) orders.PlaceOrderInput {
	return orders.PlaceOrderInput{AccountID: a.AccountID, PlanID: w.PlanID("im-flagship"), ApplicationID: w.Application(a, "MAINLAND"),
		Term: &catalog.TermInput{Unit: "MONTH", Count: 1}, ExpectedTotal: money.Input{Amount: money.MustDecimal("1500.00"), Currency: "CNY"}}
}

// monthly limits all grants on an account to an amount a month.
func monthly(w *portaltest.World, a *portaltest.Actor, minor int64) {
	w.T.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		return tx.Grant.Update().Where(grant.AccountID(a.AccountID)).SetMonthlyLimit(minor).Exec(tx)
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// spent returns what is counted on an account, by month.
func spent(w *portaltest.World, a *portaltest.Actor) map[string]int64 {
	w.T.Helper()
	rows, err := w.Portal.Store.Read().GrantMonth.Query().Where(grantmonth.AccountID(a.AccountID)).All(w.System())
	if err != nil {
		w.T.Fatal(err)
	}
	m := map[string]int64{}
	for _, row := range rows {
		m[row.Month] += row.Spent
	}
	return m
}

func TestAMonthlyLimit(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Lin", "20000.00")
		place := func() error {
			_, err := orders.PlaceOrder(w.As(a), w.Portal.Store, flagship(w, a))
			return err
		}
		t.Run("1.5: without a monthly limit nothing is counted", func(t *testing.T) {
			if err := place(); err != nil || len(spent(w, a)) != 0 {
				t.Errorf("%v %v", err, spent(w, a))
			}
		})
		t.Run("1.5: a limit of 3000.00 lets two orders of 1500.00 through, and not a third", func(t *testing.T) {
			monthly(w, a, 300_000)
			for range 2 {
				if err := place(); err != nil {
					t.Fatal(err)
				}
			}
			var r clause.Refusal
			if err := place(); !errors.As(err, &r) || r.Code != orders.MonthlyLimitExceeded.Code || r.Clause != "1.5" || r.Params["left"] != money.New(0, "CNY") || r.Params["limit"] != money.New(300_000, "CNY") {
				t.Errorf("%v", r)
			}
		})
		t.Run("1.5: one of 4499.99 doesn't, and one of 4500.00 does", func(t *testing.T) {
			monthly(w, a, 449_999)
			if err := place(); !errors.Is(err, orders.MonthlyLimitExceeded) {
				t.Error(err)
			}
			in := flagship(w, a)
			previewed, err := orders.Preview(w.As(a), w.Portal.Store, orders.OrderPreviewInput{AccountID: in.AccountID, PlanID: in.PlanID, ApplicationID: in.ApplicationID, Term: in.Term})
			if err != nil || len(previewed.Refusals) != 1 || previewed.Refusals[0].Code != orders.MonthlyLimitExceeded.Code {
				t.Errorf("%v %v", previewed, err)
			}
			monthly(w, a, 450_000)
			if err := place(); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestAMonthEnds(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Lin", "20000.00")
		place := func() error {
			_, err := orders.PlaceOrder(w.As(a), w.Portal.Store, flagship(w, a))
			return err
		}
		monthly(w, a, 150_000)
		if err := place(); err != nil {
			t.Fatal(err)
		}
		t.Run("1.5: the limit starts anew with the first instant of the next month in the agreement's zone", func(t *testing.T) {
			now := w.Portal.Store.Now()
			next := time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.FixedZone("Shanghai", 8*60*60))
			w.AdvanceTo(next.Add(-time.Microsecond))
			if err := place(); !errors.Is(err, orders.MonthlyLimitExceeded) {
				t.Error(err)
			}
			w.AdvanceTo(next)
			if err := place(); err != nil {
				t.Error(err)
			}
			if got := spent(w, a); got[now.Format("2006-01")] != 150_000 || got[next.Format("2006-01")] != 150_000 {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.5: an order without a price needs nothing", func(t *testing.T) {
			monthly(w, a, 0)
			in := flagship(w, a)
			in.PlanID, in.Term, in.ExpectedTotal.Amount = w.PlanID("im-developer"), nil, money.MustDecimal("0.00")
			if _, err := orders.PlaceOrder(w.As(a), w.Portal.Store, in); err != nil {
				t.Error(err)
			}
		})
	})
}

// limited gives the owner of an account other grants, each with a monthly limit or
// none, and returns their ids.
func limited(w *portaltest.World, a *portaltest.Actor, limits ...*int64) (ids []string) {
	w.T.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		e, err := tx.Employee.Query().Where(employee.AccountID(a.AccountID)).Only(tx)
		if err != nil {
			return err
		}
		if _, err := tx.Grant.Delete().Where(grant.AccountID(a.AccountID)).Exec(tx); err != nil {
			return err
		}
		ids = nil
		for _, limit := range limits {
			g, err := tx.Grant.Create().SetAccountID(a.AccountID).SetEmployeeID(e.ID).SetRoleID(staff.RoleID("administrator")).
				SetNillableMonthlyLimit(limit).SetGrantedAt(tx.Now).Save(tx)
			if err != nil {
				return err
			}
			ids = append(ids, g.ID)
		}
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return ids
}

func TestTheGrantThatAnOrderCountsUnder(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Lin", "20000.00")
		in := flagship(w, a)
		counted := func(ids []string) (under []int64) {
			if _, err := orders.PlaceOrder(w.As(a), w.Portal.Store, in); err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				row, err := w.Portal.Store.Read().GrantMonth.Query().Where(grantmonth.GrantID(id)).All(w.System())
				if err != nil {
					t.Fatal(err)
				}
				sum := int64(0)
				for _, m := range row {
					sum += m.Spent
				}
				under = append(under, sum)
			}
			return under
		}
		some, more := int64(200_000), int64(400_000)
		apps := []orders.PlaceOrderInput{flagship(w, a), flagship(w, a), flagship(w, a)}
		for i, c := range []struct {
			name   string
			limits []*int64
			want   []int64
		}{
			{"1.5: one without a monthly limit comes first, and isn't counted", []*int64{&some, nil}, []int64{0, 0}},
			{"1.5: else the one that leaves most", []*int64{&some, &more}, []int64{0, 150_000}},
			{"1.5: of equals the oldest", []*int64{&some, &some}, []int64{150_000, 0}},
		} {
			t.Run(c.name, func(t *testing.T) {
				ids := limited(w, a, c.limits...)
				in = apps[i]
				if got := counted(ids); fmt.Sprint(got) != fmt.Sprint(c.want) {
					t.Errorf("%v, want %v", got, c.want)
				}
			})
		}
	})
}

func TestRacingOrdersKeepWithinTheMonthlyLimitOfAGroup(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Lin", "200000.00")
		var ids []string
		colleagues := make([]*portaltest.Actor, 2)
		for i := range colleagues {
			colleagues[i] = w.Person(fmt.Sprint("Buyer ", i), func(tx *ent.Tx, personID string) error {
				e, err := tx.Employee.Create().SetAccountID(a.AccountID).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
					SetJoinedAt(tx.Now).SetActiveKey(a.AccountID + "|" + personID).Save(tx)
				if err == nil {
					ids = append(ids, e.ID)
				}
				return err
			})
		}
		limit := money.Input{Amount: money.MustDecimal("7500.00"), Currency: "CNY"}
		_, err := staff.CreateGroup(w.As(a), w.Portal.Store, staff.CreateGroupInput{AccountID: a.AccountID, Name: "Buyers", MemberIDs: ids,
			Grants: []staff.GrantInput{{RoleID: staff.RoleID("operations"), PerMonth: &limit}}})
		if err != nil {
			t.Fatal(err)
		}
		const racers = 64
		in := make([]orders.PlaceOrderInput, racers)
		for i := range in {
			in[i] = flagship(w, a)
		}
		t.Run("1.5: of 64 racing orders of 1500.00 five fit into 7500.00, whoever of the group sends them", func(t *testing.T) {
			var done, over atomic.Int64
			var wg sync.WaitGroup
			for i := range racers {
				ctx := w.As(colleagues[i%len(colleagues)])
				if p := authz.From(ctx); len(p.Grants) != 1 || p.Grants[0].GroupID == "" {
					t.Fatalf("%+v", p.Grants)
				}
				wg.Go(func() {
					switch _, err := orders.PlaceOrder(ctx, w.Portal.Store, in[i]); {
					case err == nil:
						done.Add(1)
					case errors.Is(err, orders.MonthlyLimitExceeded):
						over.Add(1)
					default:
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if done.Load() != 5 || over.Load() != racers-5 {
				t.Errorf("%d were placed, %d refused", done.Load(), over.Load())
			}
			if got := spent(w, a); len(got) != 1 || got[staff.Month(calendar.Shanghai(), w.Portal.Store.Now())] != 750_000 {
				t.Errorf("%v", got)
			}
		})
	})
}
