package agreement_test

import (
	"strings"
	"testing"
	"time"

	"portico/clause"
	"portico/portal/kernel/param"
	"portico/portaltest"
)

const (
	overrideOne = `mutation($i: OverrideFigureInput!) { overrideFigure(input: $i) { override { id figure clause description value standard agreementNumber from until recordedAt } ` + userErrors + ` } }`
	overrides   = `query($id: ID!) { account(id: $id) { overrides { id figure value } } }`
)

// signed returns a function that makes inputs of overrideFigure for an account.
func signed(a *portaltest.Actor, from, until time.Time) func(changes ...string) map[string]any {
	return func(changes ...string) map[string]any {
		in := map[string]any{"accountId": a.AccountID, "figure": clause.ArrearsGraceDays, "value": "30", "agreementNumber": "PC-2026-017",
			"from": from.Format(time.RFC3339Nano), "until": until.Format(time.RFC3339Nano)}
		for i := 0; i < len(changes); i += 2 {
			in[changes[i]] = changes[i+1]
		}
		return map[string]any{"i": in}
	}
}

func TestSignedAgreementOverridesAFigure(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, platform := w.Owner("Signed"), w.Owner("Standard"), w.Platform()
		from, until := portaltest.Start.Add(24*time.Hour), portaltest.Start.Add(48*time.Hour)
		set := signed(a, from, until)
		p := w.Done(platform, overrideOne, set())
		t.Run("13.3: it is recorded with its clause and what it replaces", func(t *testing.T) {
			o := p["override"]
			if portaltest.String(o, "clause") != "3.8" || portaltest.String(o, "standard") != "7" || portaltest.String(o, "value") != "30" ||
				portaltest.String(o, "agreementNumber") != "PC-2026-017" || portaltest.String(o, "description") == "" {
				t.Fatalf("%v", o)
			}
		})
		t.Run("13.3: it prevails from its first instant to its last, for its account alone", func(t *testing.T) {
			in := func(account string, at time.Time) int {
				in, err := param.Of(w.System(), w.Portal.Store.Read().Override, account, at)
				if err != nil {
					t.Fatal(err)
				}
				return in.Figure(clause.ArrearsGraceDays).Int()
			}
			for _, c := range []struct {
				at   time.Time
				want int
			}{{from.Add(-time.Microsecond), 7}, {from, 30}, {until.Add(-time.Microsecond), 30}, {until, 7}} {
				if got := in(a.AccountID, c.at); got != c.want {
					t.Errorf("at %s it is %d, want %d", c.at, got, c.want)
				}
			}
			if got := in(b.AccountID, from); got != 7 {
				t.Errorf("another account has %d", got)
			}
		})
		t.Run("13.3: the latest to begin prevails", func(t *testing.T) {
			w.Done(platform, overrideOne, set("value", "60", "from", from.Add(time.Hour).Format(time.RFC3339Nano)))
			in, err := param.Of(w.System(), w.Portal.Store.Read().Override, a.AccountID, from.Add(time.Hour))
			if f := in.Figure(clause.ArrearsGraceDays); err != nil || f.Int() != 60 {
				t.Fatal(f.Value(), err)
			}
		})
		t.Run("13.3: the customer sees what was signed, another doesn't", func(t *testing.T) {
			list, _ := portaltest.At(w.Must(a, overrides, map[string]any{"id": a.AccountID}), "account", "overrides").([]any)
			if len(list) != 2 || portaltest.String(list[0], "value") != "60" {
				t.Fatalf("%v", list)
			}
			id := map[string]any{"id": portaltest.String(list[0], "id")}
			const node = `query($id: ID!) { node(id: $id) { __typename } }`
			if portaltest.String(w.Must(a, node, id), "node", "__typename") != "Override" || portaltest.At(w.Must(b, node, id), "node") != nil {
				t.Fatal("by its id it is shown to the wrong reader")
			}
		})
	})
}

func TestOverridesThatAreRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, platform := w.Owner("Signed"), w.Platform()
		from := portaltest.Start.Add(24 * time.Hour)
		set := signed(a, from, from.Add(time.Hour))
		for name, c := range map[string]struct {
			changes     []string
			code, field string
			ref         string
		}{
			"13.3: a figure that the agreement hasn't":   {[]string{"figure", "arrears.none"}, "INVALID_INPUT", "figure", ""},
			"13.3: a value that isn't of its unit":       {[]string{"value", "-1"}, "FIGURE_INVALID", "value", "3.8"},
			"13.3: a zone that doesn't exist":            {[]string{"figure", clause.AgreementZone, "value", "Asia/Nowhere"}, "FIGURE_INVALID", "value", "0"},
			"13.3: an agreement without a number":        {[]string{"agreementNumber", " "}, "INVALID_INPUT", "agreementNumber", ""},
			"13.3: a number of 101 characters":           {[]string{"agreementNumber", strings.Repeat("9", 101)}, "INVALID_INPUT", "agreementNumber", ""},
			"13.3: an end that isn't after the start":    {[]string{"until", from.Format(time.RFC3339Nano)}, "INVALID_INPUT", "until", ""},
			"13.3: an account that isn't there":          {[]string{"accountId", "acct_none"}, "NOT_FOUND", "accountId", ""},
			"13.3: a value longer than any figure takes": {[]string{"value", strings.Repeat("0", 200)}, "INVALID_INPUT", "value", ""},
		} {
			t.Run(name, func(t *testing.T) {
				holds(t, w.Refused(platform, overrideOne, set(c.changes...)), c.code, c.ref, "input."+c.field)
			})
		}
		t.Run("13.3: nobody but the provider's platform role sets one", func(t *testing.T) {
			for _, who := range []*portaltest.Actor{a, w.Operator("support", "operator-finance", "catalogue", "compliance")} {
				if r := w.Send(who, overrideOne, set()); len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
					t.Fatalf("%s", r.Raw)
				}
			}
		})
	})
}

func TestOnlyFiguresThatARuleReadsAreOverridden(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, platform := w.Owner("Signed"), w.Platform()
		from := portaltest.Start.Add(24 * time.Hour)
		set := signed(a, from, from.Add(time.Hour))
		for _, f := range clause.Figures {
			t.Run("13.3: "+f.Name, func(t *testing.T) {
				r := w.Send(platform, overrideOne, set("figure", f.Name, "value", f.Default)).Refusals(t)
				if f.Overridable() != (len(r) == 0) || len(r) > 0 && (r[0].Code != "FIGURE_FIXED" || r[0].Clause != "13.3" || r[0].Remedy == nil) {
					t.Fatalf("%+v", r)
				}
			})
		}
	})
}
