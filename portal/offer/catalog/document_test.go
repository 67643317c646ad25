package catalog_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"portico/clause"
	"portico/money"
	"portico/portal/offer/catalog"
)

// small is a catalogue with a prepaid plan, whose limits a larger plan raises,
// a metered plan, and a third party's plan.
const small = `{
 "currency": "CNY",
 "products": [
  {"code": "im", "names": {"zh": "通讯", "en": "Messaging"}, "descriptions": {"zh": "通讯", "en": "Messaging"},
   "provider": {"code": "we", "names": {"zh": "我们", "en": "We"}}, "partner": null,
   "plans": [
    {"code": "im-small", "names": {"zh": "小", "en": "Small"}, "descriptions": {"zh": "小", "en": "Small"},
     "charging": "PREPAID", "class": "SUBSCRIPTION", "mark": "FREE", "ordering": "SELF_SERVICE",
     "orderable": ["MAINLAND"], "regionClause": "2.4",
     "limits": [{"metric": "im.registered_users", "window": "GAUGE", "effect": "REFUSE", "clause": "2.3",
                 "figure": "im.developer.registered_users", "liftedBy": ["im-large"]}],
     "prices": [{"metric": null, "per": 1, "term": {"unit": "MONTH", "count": 1}, "unitPrice": "0.00", "currency": "CNY", "effectiveFrom": "2026-01-01T00:00:00+08:00"}]},
    {"code": "im-large", "names": {"zh": "大", "en": "Large"}, "descriptions": {"zh": "大", "en": "Large"},
     "charging": "PREPAID", "class": "SUBSCRIPTION", "mark": "REGULAR", "ordering": "SELF_SERVICE",
     "orderable": ["MAINLAND", "OVERSEAS"],
     "limits": [{"metric": "im.registered_users", "quantity": 500, "window": "GAUGE", "effect": "REFUSE", "clause": "2.3"}],
     "prices": [{"metric": null, "per": 1, "term": {"unit": "MONTH", "count": 1}, "unitPrice": "10", "currency": "CNY", "effectiveFrom": "2026-01-01T00:00:00+08:00"},
                {"metric": null, "per": 1, "term": {"unit": "MONTH", "count": 1}, "unitPrice": "12", "currency": "CNY", "effectiveFrom": "2026-02-01T00:00:00+08:00"}]}]},
  {"code": "sms", "names": {"zh": "短信", "en": "Texts"}, "descriptions": {"zh": "短信", "en": "Texts"},
   "provider": {"code": "we", "names": {"zh": "我们", "en": "We"}},
   "partner": {"code": "they", "names": {"zh": "他们", "en": "They"}},
   "plans": [
    {"code": "sms-payg", "names": {"zh": "按量", "en": "Metered"}, "descriptions": {"zh": "按量", "en": "Metered"},
     "charging": "METERED", "billingPeriod": "MONTH", "class": "THIRD_PARTY", "mark": "REGULAR", "ordering": "SELF_SERVICE",
     "orderable": ["MAINLAND", "OVERSEAS"], "minimumAvailable": "100.00", "limits": [],
     "prices": [{"metric": "sms.messages", "per": 1000, "term": null, "unitPrice": "0.0450", "currency": "CNY", "effectiveFrom": "2026-01-01T00:00:00+08:00"}]}]}
 ]}`

// changed returns the small catalogue with the value at a path replaced, or
// removed if the value is gone{}.
func changed(t *testing.T, path string, value any) []byte {
	t.Helper()
	var document any
	if err := json.Unmarshal([]byte(small), &document); err != nil {
		t.Fatal(err)
	}
	at, keys := document, strings.Split(path, ".")
	for i, key := range keys {
		last := i == len(keys)-1
		switch node := at.(type) {
		case map[string]any:
			if _, remove := value.(gone); last && remove {
				if _, ok := node[key]; !ok {
					t.Fatalf("nothing at %s to take away", path)
				}
				delete(node, key)
			} else if last {
				node[key] = value
			}
			at = node[key]
		case []any:
			n, err := strconv.Atoi(key)
			if err != nil || n >= len(node) {
				t.Fatalf("no %s", path)
			}
			if last {
				node[n] = value
			}
			at = node[n]
		default:
			t.Fatalf("no %s", path)
		}
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

type gone struct{}

func limit(metric, effect string) map[string]any {
	return map[string]any{"metric": metric, "quantity": 7, "window": "DAY", "effect": effect, "clause": "2.3"}
}

func TestOneMetricCanRefuseAndOblige(t *testing.T) {
	limits := []any{limit("im.messages", "REFUSE"), limit("im.messages", "OBLIGATION")}
	if _, err := catalog.ReadDocument(changed(t, "products.0.plans.1.limits", limits)); err != nil {
		t.Error(err)
	}
}

func TestAGoodCatalogueIsRead(t *testing.T) {
	d, err := catalog.ReadDocument([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	plan, product, ok := d.Plan("sms-payg")
	if !ok || product.Partner == nil || product.Names != (clause.Text{ZH: "短信", EN: "Texts"}) || *plan.Prices[0].Metric != "sms.messages" {
		t.Errorf("%+v %+v", plan, product)
	}
	if _, _, ok := d.Plan("sms"); ok {
		t.Error("a product is no plan")
	}
}

func TestOtherGoodValues(t *testing.T) {
	const one, large, sms = "products.0.plans.0.", "products.0.plans.1.", "products.1.plans.0."
	for path, value := range map[string]any{
		one + "mark": "TRIAL", large + "ordering": "QUOTATION", large + "prices.0.term.unit": "YEAR",
		large + "prices.0.effectiveFrom": "2026-01-01T00:30:00.5+08:00", sms + "prices.0.effectiveFrom": "2026-01-01T00:30:00+05:30",
		large + "prices.0.term.count": 3, sms + "billingPeriod": "HOUR", sms + "minimumAvailable": "0",
		sms + "prices.0.unitPrice": "999999.99", one + "limits.0.effect": "OBLIGATION", one + "limits.0.scope": "ACCOUNT", large + "limits.0.scope": "APPLICATION", large + "limits.0.quantity": 101,
	} {
		if _, err := catalog.ReadDocument(changed(t, path, value)); err != nil {
			t.Errorf("%s = %v: %v", path, value, err)
		}
	}
}

func TestALimitHasOneSource(t *testing.T) {
	d, err := catalog.ReadDocument([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	t.Run("2.3: a limit that is a figure of the agreement has its quantity, and none of its own", func(t *testing.T) {
		plan, _, _ := d.Plan("im-small")
		if l := plan.Limits[0]; l.Quantity != 0 || l.Most() != int64(clause.Standard(clause.DeveloperUsers).Int()) {
			t.Errorf("%+v: %d", l, l.Most())
		}
	})
	t.Run("2.3: a limit that is none has its own", func(t *testing.T) {
		plan, _, _ := d.Plan("im-large")
		if l := plan.Limits[0]; l.Most() != 500 {
			t.Errorf("%+v: %d", l, l.Most())
		}
	})
}

func TestQuotedPlansNeedNoPrice(t *testing.T) {
	text := strings.Replace(string(changed(t, "products.0.plans.1.prices", []any{})), `"SELF_SERVICE"`, `"QUOTATION"`, 2)
	if _, err := catalog.ReadDocument([]byte(text)); err != nil {
		t.Error(err)
	}
}

func TestDefectiveCataloguesAreRefused(t *testing.T) {
	const im, small1, large, sms = "products.0.", "products.0.plans.0.", "products.0.plans.1.", "products.1.plans.0."
	for _, c := range []struct {
		path  string
		value any
	}{
		{"currency", "yuan"}, {"currency", gone{}}, {"currency", "USD"}, {"products", []any{}}, {"colour", "red"},
		{im + "code", "IM"}, {im + "code", "sms"}, {im + "names.en", ""}, {im + "names.zh", gone{}}, {im + "descriptions", gone{}},
		{im + "provider", gone{}}, {im + "provider.names.zh", " "}, {im + "plans", []any{}},
		{"products.1.partner.code", ""}, {"products.1.partner", nil}, {im + "partner", map[string]any{"code": "they", "names": map[string]any{"zh": "他们", "en": "They"}}},
		{large + "code", "im-small"}, {sms + "code", "im-small"}, {small1 + "code", ""}, {small1 + "names.en", ""}, {small1 + "descriptions.en", ""},
		{small1 + "charging", "FREE"}, {small1 + "charging", "METERED"}, {sms + "charging", "PREPAID"},
		{small1 + "class", "METERED"}, {sms + "class", "METERED"}, {small1 + "mark", ""}, {small1 + "ordering", "PHONE"}, {small1 + "colour", "red"},
		{small1 + "billingPeriod", "DAY"}, {sms + "billingPeriod", "YEAR"}, {sms + "billingPeriod", gone{}},
		{small1 + "minimumAvailable", "1"}, {sms + "minimumAvailable", gone{}}, {sms + "minimumAvailable", "-1"}, {sms + "minimumAvailable", 100},
		{small1 + "orderable", []any{}}, {small1 + "orderable", []any{"MOON"}}, {small1 + "orderable", []any{"MAINLAND", "MAINLAND"}},
		{small1 + "regionClause", gone{}}, {small1 + "regionClause", "2.5"}, {large + "regionClause", "2.4"},
		{small1 + "limits.0.metric", "users"}, {small1 + "limits.0.quantity", 100}, {small1 + "limits.0.figure", gone{}}, {large + "limits.0.quantity", gone{}}, {large + "limits.0.quantity", 0}, {large + "limits.0.quantity", 1000.5}, {small1 + "limits.0.window", ""},
		{small1 + "limits.0.effect", "CUT"}, {small1 + "limits.0.scope", "PERSON"}, {small1 + "limits.0.scope", "APPLICATION"}, {small1 + "limits.0.clause", "2.9"}, {small1 + "limits.0.clause", "2.4"}, {small1 + "limits.0.figure", "im.users"},
		{small1 + "limits.0.figure", "code.tries"}, {small1 + "limits.0.liftedBy", []any{"im-small"}}, {small1 + "limits.0.liftedBy", []any{"sms-payg"}},
		{large + "limits.0.quantity", 100},
		{large + "limits", []any{limit("im.messages", "REFUSE"), limit("im.messages", "REFUSE")}},
		{small1 + "prices", []any{}}, {small1 + "prices.0.unitPrice", "1.00"}, {large + "prices.0.unitPrice", "0.00"}, {sms + "prices.0.unitPrice", "0"},
		{small1 + "prices.0.term", nil}, {small1 + "prices.0.per", 2}, {small1 + "prices.0.metric", "im.messages"},
		{large + "prices.0.term.unit", "DAY"}, {large + "prices.0.term.count", 0},
		{sms + "prices.0.metric", nil}, {sms + "prices.0.metric", "messages"}, {sms + "prices.0.per", 0}, {sms + "prices.0.per", -1},
		{sms + "prices.0.term", map[string]any{"unit": "MONTH", "count": 1}},
		{sms + "prices.0.unitPrice", "0,045"}, {sms + "prices.0.unitPrice", "-1"}, {sms + "prices.0.unitPrice", "1e2"}, {sms + "prices.0.unitPrice", ".5"},
		{sms + "prices.0.unitPrice", "01"}, {sms + "prices.0.unitPrice", 0.045}, {sms + "prices.0.currency", "USD"},
		{sms + "prices.0.effectiveFrom", "2026-01-01T00:30:00+08:00"}, {sms + "prices.0.effectiveFrom", "2026-01-01T00:00:00.000000001Z"},
		{sms + "prices.0.effectiveFrom", "2026-01-01T00:00:00+05:30"}, {sms + "prices.0.effectiveFrom", gone{}}, {sms + "prices.0.effectiveFrom", "2026-01-01"},
		{large + "prices.1.effectiveFrom", "2025-12-31T16:00:00Z"}, {"currency", "XAU"},
		{sms + "prices.0.unitPrice", "100000000000"}, {sms + "prices.0.unitPrice", "123456789012.12345678"},
	} {
		_, err := catalog.ReadDocument(changed(t, c.path, c.value))
		refused(t, c.path, err)
	}
	for _, text := range []string{"", "[]", "{}", small + "{}", small[:len(small)-1]} {
		_, err := catalog.ReadDocument([]byte(text))
		refused(t, "another text", err)
	}
}

func refused(t *testing.T, name string, err error) {
	t.Helper()
	var r clause.Refusal
	if !errors.Is(err, catalog.DocumentInvalid) || !errors.As(err, &r) {
		t.Errorf("%s: %v", name, err)
		return
	}
	if r.Clause != "2.1" || r.Params["where"] == "" || r.Params["detail"] == nil {
		t.Errorf("%s: %v", name, r)
	}
}

// TestPricesThatAnAmountCannotHold checks the largest price whose amount can be
// represented, for the largest quantity that can be requested at once.
func TestPricesThatAnAmountCannotHold(t *testing.T) {
	for _, c := range []struct {
		what     string
		series   catalog.Series
		per      int64
		price    string
		tellable bool
	}{
		{"3.4: ten million units, the largest amount", catalog.Series{Metric: "m"}, 1, "999999.999999999", true},
		{"3.4: half a fen more, which is rounded up", catalog.Series{Metric: "m"}, 1, "999999.9999999995", false},
		{"3.4: by the thousand", catalog.Series{Metric: "m"}, 1000, "999999999.999", true},
		{"3.4: by the thousand, more", catalog.Series{Metric: "m"}, 1000, "1000000000", false},
		{"3.4: 36 months at the largest price", catalog.Series{Unit: "MONTH", Count: 1}, 1, "277777777777.777", true},
		{"3.4: 36 months, a fen more each", catalog.Series{Unit: "MONTH", Count: 1}, 1, "277777777777.78", false},
		{"3.4: a term that is sold once in 36", catalog.Series{Unit: "MONTH", Count: 36}, 1, "9999999999999.99", true},
		{"3.4: a fen more", catalog.Series{Unit: "MONTH", Count: 36}, 1, "10000000000000", false},
	} {
		if got := catalog.Tellable(c.series, money.NewDecimal(c.per), money.MustDecimal(c.price), money.CNY); got != c.tellable {
			t.Errorf("%s: %s: %v", c.what, c.price, got)
		}
	}
}
