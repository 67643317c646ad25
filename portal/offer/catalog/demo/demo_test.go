package demo_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"portico/clause"
	"portico/portal/offer/catalog"
	"portico/portal/offer/catalog/demo"
)

// summary returns a plan in one line: what a customer pays, and on which terms.
func summary(p catalog.Plan, product catalog.Product) string {
	var prices, limits []string
	for _, price := range p.Prices {
		of := fmt.Sprint(price.Per)
		if price.Metric != nil {
			of += " " + *price.Metric
		}
		if price.Term != nil {
			of = fmt.Sprint(price.Term.Count, " ", price.Term.Unit)
		}
		prices = append(prices, price.UnitPrice+" "+price.Currency+" / "+of)
	}
	for _, l := range p.Limits {
		limits = append(limits, fmt.Sprint(l.Metric, " ", l.Most(), " ", l.Window, " ", l.Effect, " ", l.Clause))
	}
	return fmt.Sprint(product.Code, " ", p.Charging, p.BillingPeriod, " ", p.Class, " ", p.Mark, " ", p.Ordering, " ", p.Orderable,
		" min:", p.MinimumAvailable, " | ", strings.Join(prices, ", "), " | ", strings.Join(limits, ", "))
}

func TestFiguresOfTheDemonstrationCatalogue(t *testing.T) {
	want := map[string]string{
		"im-developer": "im PREPAID SUBSCRIPTION FREE SELF_SERVICE [MAINLAND] min: | 0.00 CNY / 1 MONTH, 0.00 CNY / 1 YEAR | " +
			"im.registered_users 100 GAUGE REFUSE 2.3, im.messages 10000000 DAY OBLIGATION 2.3",
		"im-flagship": "im PREPAID SUBSCRIPTION REGULAR SELF_SERVICE [MAINLAND] min: | 1500.00 CNY / 1 MONTH, 15000.00 CNY / 1 YEAR | " +
			"im.messages 10000000 DAY OBLIGATION 2.3",
		"im-flagship-overseas": "im PREPAID SUBSCRIPTION REGULAR SELF_SERVICE [OVERSEAS] min: | 2400.00 CNY / 1 MONTH | " +
			"im.distributed_messages 2000000 DAY OBLIGATION 2.4",
		"im-premium": "im PREPAID SUBSCRIPTION REGULAR SELF_SERVICE [MAINLAND] min: | 4500.00 CNY / 1 MONTH, 45000.00 CNY / 1 YEAR | " +
			"im.messages 10000000 DAY OBLIGATION 2.3",
		"im-premium-overseas": "im PREPAID SUBSCRIPTION REGULAR SELF_SERVICE [OVERSEAS] min: | 7200.00 CNY / 1 MONTH | " +
			"im.distributed_messages 2000000 DAY OBLIGATION 2.4",
		"rtc-payg":    "rtc METEREDHOUR REALTIME REGULAR SELF_SERVICE [MAINLAND OVERSEAS] min:100.00 | 0.0280 CNY / 1 rtc.minutes | ",
		"push-payg":   "push METEREDDAY METERED REGULAR SELF_SERVICE [MAINLAND OVERSEAS] min:100.00 | 0.35 CNY / 1000 push.messages | ",
		"sms-partner": "sms METEREDMONTH THIRD_PARTY REGULAR SELF_SERVICE [MAINLAND OVERSEAS] min:100.00 | 0.0450 CNY / 1 sms.messages | ",
	}
	d := demo.Catalogue()
	got := 0
	for _, product := range d.Products {
		for _, p := range product.Plans {
			got++
			if s := summary(p, product); s != want[p.Code] {
				t.Errorf("%s\n got %s\nwant %s", p.Code, s, want[p.Code])
			}
		}
	}
	if got != len(want) {
		t.Errorf("%d plans instead of %d", got, len(want))
	}
}

func TestLimitsOfTheAgreementAreItsFigures(t *testing.T) {
	figures := map[string]bool{}
	for _, product := range demo.Catalogue().Products {
		for _, p := range product.Plans {
			for _, l := range p.Limits {
				f, ok := clause.FigureOf(l.Figure)
				if !ok || l.Quantity != 0 || f.Default != strconv.FormatInt(l.Most(), 10) {
					t.Errorf("%s: %s has a quantity of its own, %d, or no figure: %q", p.Code, l.Metric, l.Quantity, l.Figure)
				}
				figures[l.Figure] = true
			}
		}
	}
	for _, name := range []string{clause.DeveloperUsers, clause.MessagesDay, clause.OverseasMessagesDay} {
		if !figures[name] {
			t.Errorf("no plan has the limit %s", name)
		}
	}
}

func TestThe101stUserIsLiftedByAPlanWithoutThatLimit(t *testing.T) {
	d := demo.Catalogue()
	developer, _, _ := d.Plan("im-developer")
	if len(developer.Limits[0].LiftedBy) == 0 {
		t.Fatal("nothing lifts the limit of the developer plan")
	}
	for _, code := range developer.Limits[0].LiftedBy {
		lifting, product, ok := d.Plan(code)
		if !ok || product.Code != "im" || fmt.Sprint(lifting.Orderable) != fmt.Sprint(developer.Orderable) {
			t.Errorf("%s doesn't lift it where the developer plan is ordered", code)
		}
		for _, l := range lifting.Limits {
			if l.Metric == "im.registered_users" {
				t.Errorf("%s has the limit too", code)
			}
		}
	}
}

func TestOnlyTheTextMessagesAreAThirdParty(t *testing.T) {
	for _, product := range demo.Catalogue().Products {
		if got, want := product.Partner != nil, product.Code == "sms"; got != want {
			t.Errorf("2.2: %s is a third party's: %v", product.Code, got)
		}
	}
}
