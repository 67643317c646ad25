package catalog_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/plan"
	"portico/portal/catalog"
	"portico/portal/catalog/demo"
	"portico/portal/portaltest"
)

const priceList = `query { products(first: 50) { nodes { id code name partner plans { id code name charging region free minimum { amount } limits { metric quantity clause }
	prices { metric per term { unit count } unitPrice currency effectiveFrom } } } pageInfo { hasNextPage endCursor } } }`

func TestPriceList(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("3.1: the price list is public", func(t *testing.T) {
			d := w.Must(nil, priceList, nil)
			var codes []string
			for _, p := range portaltest.At(d, "products", "nodes").([]any) {
				for _, of := range portaltest.At(p, "plans").([]any) {
					codes = append(codes, portaltest.String(of, "code")+" "+portaltest.String(of, "prices", 0, "unitPrice")+" "+portaltest.String(of, "minimum", "amount"))
				}
			}
			want := []string{"im-developer 0.00 0.00", "im-flagship 1500.00 0.00", "im-flagship-overseas 2400.00 0.00", "rtc-payg 0.0280 100.00", "push-payg 0.35 100.00", "sms-partner 0.0450 100.00"}
			if diff := cmp.Diff(want, codes); diff != "" {
				t.Error(diff)
			}
			limit := portaltest.At(d, "products", "nodes", 0, "plans", 0, "limits", 0)
			if diff := cmp.Diff(any(map[string]any{"metric": "im.registered_users", "quantity": "100", "clause": "2.3"}), limit); diff != "" {
				t.Error(diff)
			}
		})
	})
}

func TestLoad(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		load := func(change func(flagship *catalog.Plan)) error {
			doc := demo.Catalogue()
			change(&doc.Products[0].Plans[1])
			return catalog.Load(w.System(), w.Portal.Store, doc)
		}
		flagship := func() *db.Plan {
			row, err := w.Portal.Store.Read().Plan.Query().Where(plan.Code("im-flagship")).Only(w.System())
			if err != nil {
				t.Fatal(err)
			}
			return row
		}
		t.Run("2.1: a document loaded again changes nothing, a changed plan is the next revision", func(t *testing.T) {
			if err := load(func(*catalog.Plan) {}); err != nil || flagship().Revision != 1 {
				t.Fatalf("again: %v, revision %d", err, flagship().Revision)
			}
			all, err := w.Portal.Store.Read().Plan.Query().Where(plan.RevisionNEQ(1)).Count(w.System())
			if err != nil || all != 0 {
				t.Errorf("%d plans have another revision, %v", all, err)
			}
			if err := load(func(p *catalog.Plan) { p.Descriptions.EN = "For growth." }); err != nil || flagship().Revision != 2 || flagship().DescriptionEn != "For growth." {
				t.Errorf("changed: %v, revision %d", err, flagship().Revision)
			}
		})
		now := w.Portal.Store.Now()
		add := func(from time.Time, price string) func(*catalog.Plan) {
			return func(p *catalog.Plan) {
				p.Prices = append(p.Prices, catalog.Price{Per: 1, Term: &catalog.Term{Unit: catalog.Month, Count: 1}, UnitPrice: price, Currency: "CNY", EffectiveFrom: from})
			}
		}
		t.Run("3.1: a published price can't be changed, nor preceded", func(t *testing.T) {
			if err := load(func(p *catalog.Plan) { p.Prices[0].UnitPrice = "1.00" }); !errors.Is(err, catalog.PriceFixed) {
				t.Errorf("changed: %v", err)
			}
			if err := load(add(now, "1600.00")); !errors.Is(err, catalog.PriceBackdated) {
				t.Errorf("backdated: %v", err)
			}
		})
		announced(t, w, func(from time.Time) error { return load(add(from, "1600.00")) }, flagship)
	})
}

func announced(t *testing.T, w *portaltest.World, announce func(from time.Time) error, flagship func() *db.Plan) {
	t.Run("3.1: an announced price holds from its date", func(t *testing.T) {
		from := w.Portal.Store.Now().Add(time.Hour)
		if err := announce(from); err != nil {
			t.Fatal(err)
		}
		prices := func() (list []string) {
			d := w.Must(nil, priceList, nil)
			for _, p := range portaltest.At(d, "products", "nodes", 0, "plans", 1, "prices").([]any) {
				list = append(list, portaltest.String(p, "unitPrice"))
			}
			return list
		}
		if diff := cmp.Diff([]string{"1500.00", "15000.00", "1600.00"}, prices()); diff != "" {
			t.Errorf("announced: %s", diff)
		}
		at := func(when time.Time) string {
			p, err := catalog.PriceAt(w.System(), w.Portal.Store.Read(), flagship().ID, catalog.Series{Unit: catalog.TermMonth, Count: 1}, when)
			if err != nil || p == nil {
				return ""
			}
			return p.UnitPrice
		}
		if at(from.Add(-time.Microsecond)) != "1500.00" || at(from) != "1600.00" || at(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)) != "" {
			t.Error("the price at an instant")
		}
		w.AdvanceTo(from)
		if diff := cmp.Diff([]string{"15000.00", "1600.00"}, prices()); diff != "" {
			t.Errorf("in force: %s", diff)
		}
	})
}

func TestLoadIsTheSystems(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("nobody but the system loads", func(t *testing.T) {
			a := w.Owner("Nobody")
			for _, err := range []error{catalog.Load(w.As(a), w.Portal.Store, demo.Catalogue()),
				catalog.Load(authz.With(t.Context(), authz.Nobody("-", "-")), w.Portal.Store, demo.Catalogue())} {
				if !errors.Is(err, clause.Forbidden) && !errors.Is(err, clause.Unauthenticated) {
					t.Errorf("it is told %v", err)
				}
			}
		})
	})
}

func TestForTerm(t *testing.T) {
	prices := []*db.Price{{TermUnit: "MONTH", TermCount: 1}, {TermUnit: "MONTH", TermCount: 6}, {TermUnit: "YEAR", TermCount: 1}, {Metric: "m.x"}}
	for _, c := range []struct {
		term  catalog.TermInput
		want  int
		times int
	}{
		{catalog.TermInput{Unit: catalog.TermMonth, Count: 5}, 0, 5},
		{catalog.TermInput{Unit: catalog.TermMonth, Count: 6}, 1, 1},
		{catalog.TermInput{Unit: catalog.TermMonth, Count: 12}, 1, 2},
		{catalog.TermInput{Unit: catalog.TermYear, Count: 3}, 2, 3},
	} {
		if p, times := catalog.ForTerm(prices, c.term); p != prices[c.want] || times != c.times {
			t.Errorf("%+v is %d times %+v", c.term, times, p)
		}
	}
	if p, _ := catalog.ForTerm(prices[1:2], catalog.TermInput{Unit: catalog.TermMonth, Count: 5}); p != nil {
		t.Errorf("five months are sold as %+v", p)
	}
}
