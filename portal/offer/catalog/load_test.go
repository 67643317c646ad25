package catalog_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/plan"
	"portico/ent/statement"
	"portico/portal/offer/catalog"
	"portico/portal/offer/catalog/demo"
	"portico/portaltest"
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
			want := []string{"im-developer 0.00 0.00", "im-flagship 1500.00 0.00", "im-flagship-overseas 2400.00 0.00",
				"im-premium 4500.00 0.00", "im-premium-overseas 7200.00 0.00", "rtc-payg 0.0280 100.00", "push-payg 0.35 100.00", "sms-partner 0.0450 100.00"}
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

func TestEarlierPriceListsStayReadable(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		doc := demo.Catalogue()
		flagship := &doc.Products[0].Plans[1]
		now := w.Portal.Store.Now()
		raised := now.Add(40 * 24 * time.Hour)
		flagship.Prices = append(flagship.Prices, catalog.Price{Per: 1, Term: &catalog.Term{Unit: catalog.Month, Count: 1}, UnitPrice: "1600.00", Currency: "CNY", EffectiveFrom: raised})
		if err := catalog.Load(w.System(), w.Portal.Store, doc); err != nil {
			t.Fatal(err)
		}
		id := w.PlanID("im-flagship")
		read := func(field string) (prices []string) {
			t.Helper()
			d := w.Must(nil, `query($id: ID!) { node(id: $id) { ... on Plan { `+field+` { unitPrice term { unit } } } } }`, map[string]any{"id": id})
			name, _, _ := strings.Cut(field, "(")
			for _, p := range portaltest.At(d, "node", name).([]any) {
				if portaltest.String(p, "term", "unit") == "MONTH" {
					prices = append(prices, portaltest.String(p, "unitPrice"))
				}
			}
			return prices
		}
		at := func(when time.Time) string { return fmt.Sprintf("prices(at: %q)", when.Format(time.RFC3339Nano)) }
		before := time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 8*3600))
		for field, want := range map[string][]string{
			"prices":                          {"1500.00", "1600.00"},
			at(raised.Add(-time.Microsecond)): {"1500.00"},
			at(raised):                        {"1600.00"},
			at(before):                        {"1500.00"},
			at(before.Add(-time.Microsecond)): nil,
			"priceHistory":                    {"1500.00", "1600.00"},
		} {
			if got := read(field); !slices.Equal(got, want) {
				t.Errorf("3.1: %s: %v, want %v", field, got, want)
			}
		}
		w.AdvanceTo(raised)
		t.Run("3.1: once a price has changed, the earlier list is still there", func(t *testing.T) {
			if now, then := read("prices"), read(at(raised.Add(-time.Microsecond))); !slices.Equal(now, []string{"1600.00"}) || !slices.Equal(then, []string{"1500.00"}) {
				t.Errorf("%v, %v", now, then)
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
		t.Run("2.1: a document loaded again changes nothing, a changed plan is the next version", func(t *testing.T) {
			if err := load(func(*catalog.Plan) {}); err != nil || flagship().Version != 1 {
				t.Fatalf("again: %v, version %d", err, flagship().Version)
			}
			all, err := w.Portal.Store.Read().Plan.Query().Where(plan.VersionNEQ(1)).Count(w.System())
			if err != nil || all != 0 {
				t.Errorf("%d plans have another version, %v", all, err)
			}
			if err := load(func(p *catalog.Plan) { p.Descriptions.EN = "For growth." }); err != nil || flagship().Version != 2 || flagship().DescriptionEn != "For growth." {
				t.Errorf("changed: %v, version %d", err, flagship().Version)
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
					t.Errorf("the caller gets %v", err)
				}
			}
		})
	})
}

// known returns the answer of catalog.Known, which must equal the database.
func known(t *testing.T, w *portaltest.World, id string) (*db.Plan, []*db.Price) {
	t.Helper()
	s, ctx := w.Portal.Store, w.System()
	b, err := statement.BasisOf(ctx, s.Read(), id, "", "", s.Now())
	if err != nil || b == nil {
		t.Fatal(b, err)
	}
	row, prices, err := catalog.Known(ctx, s, s.Read(), id, b)
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.Read().Plan.Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	listed, err := catalog.Prices(ctx, s.Read(), id)
	if err != nil {
		t.Fatal(err)
	}
	if row.String() != want.String() || fmt.Sprint(prices) != fmt.Sprint(listed) {
		t.Errorf("known: %v %v\nthere is: %v %v", row, prices, want, listed)
	}
	return row, prices
}

func TestKnownIsNeverBehind(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s, ctx, doc, id := w.Portal.Store, w.System(), demo.Catalogue(), w.PlanID("im-flagship-overseas")
		overseas := &doc.Products[0].Plans[2]
		load := func(t *testing.T) {
			t.Helper()
			if err := catalog.Load(ctx, s, doc); err != nil {
				t.Fatal(err)
			}
		}
		first, _ := known(t, w, id)
		t.Run("2.1: what didn't change isn't read again", func(t *testing.T) {
			if again, _ := known(t, w, id); again != first {
				t.Error("another row")
			}
		})
		t.Run("2.1, 3.1: each version, price and withdrawal is seen at once", func(t *testing.T) {
			overseas.Descriptions.EN = "For growth."
			load(t)
			if row, _ := known(t, w, id); row.Version != 2 {
				t.Errorf("version %d", row.Version)
			}
			overseas.Prices = append(overseas.Prices, catalog.Price{Per: 1, Term: &catalog.Term{Unit: catalog.Month, Count: 6}, UnitPrice: "8000.00", Currency: "CNY", EffectiveFrom: s.Now()})
			load(t)
			if _, prices := known(t, w, id); len(prices) != len(overseas.Prices) {
				t.Errorf("%d prices", len(prices))
			}
			whole := doc.Products[0].Plans
			doc.Products[0].Plans = append(whole[:2:2], whole[3:]...)
			load(t)
			if row, _ := known(t, w, id); catalog.Orderable(row) {
				t.Error("not withdrawn")
			}
			doc.Products[0].Plans = whole
			load(t)
			if row, _ := known(t, w, id); !catalog.Orderable(row) || row.Version != 3 {
				t.Errorf("%v", row)
			}
		})
		t.Run("2.1: what a transaction has read outlives it", func(t *testing.T) {
			overseas.Descriptions.EN = "For more growth."
			load(t)
			err := s.Write(ctx, func(tx *ent.Tx) error {
				b, err := statement.BasisOf(tx, tx.Client(), id, "", "", tx.Now)
				if err == nil {
					_, _, err = catalog.Known(tx, s, tx.Client(), id, b)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			known(t, w, id)
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
