package clause_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"portico/clause"
)

type named string

func (n named) String() string { return string(n) }

var guardedOnce = clause.Declare(clause.Refusal{Code: "GUARDED_ONCE", Clause: "3.3", Carries: []string{"figure"},
	Text:  clause.Text{ZH: "还差 {missing}", EN: "{missing} are missing"},
	Plain: clause.Text{ZH: "余额不足", EN: "it does not suffice"},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "在 {until} 前充值。", EN: "Top up by {until}."}, Operation: "startTopUp",
		Input: map[string]any{"amount": "{missing}", "until": "{until}", "accountId": "{accountId}"}}})

func TestAFigureIsShownToReadersWhoMayReadIt(t *testing.T) {
	r := guardedOnce.WithFor(named("balance:read"), "missing", "13579.24").With("accountId", "acct_1").With("until", time.Unix(0, 0))
	whole := func(r clause.Refusal) string {
		stored, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		texts, err := json.Marshal([]any{r.Message(clause.EN), r.Message(clause.ZH), r.Told(clause.EN), r.Data(clause.EN), r.Error(), string(stored)})
		if err != nil {
			t.Fatal(err)
		}
		return string(texts)
	}
	for name, hidden := range map[string]clause.Refusal{
		"nobody asked":            r,
		"another permission":      r.Reveal(func(p string) bool { return p != "balance:read" }),
		"the remedy named it too": r.Lift(clause.Remedy{Text: clause.Text{ZH: "充 {missing}", EN: "Pay {missing}"}, Plain: clause.Text{ZH: "充值", EN: "Pay"}}),
	} {
		if s := whole(hidden); strings.Contains(s, "13579.24") || strings.Contains(hidden.Told(clause.EN).Description, "{") || hidden.Message(clause.EN) != "it does not suffice" {
			t.Errorf("%s: %s", name, s)
		}
	}
	shown := r.Reveal(func(p string) bool { return p == "balance:read" })
	if shown.Message(clause.EN) != "13579.24 are missing" || shown.Told(clause.EN).Input["amount"] != "13579.24" || shown.Data(clause.EN)["missing"] != "13579.24" {
		t.Errorf("a reader who may read it doesn't see it: %s", whole(shown))
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var again clause.Refusal
	if err := json.Unmarshal(text, &again); err != nil || again.Message(clause.EN) != "it does not suffice" {
		t.Errorf("repeated: %v %v", again, err)
	}
}

func TestParametersAreData(t *testing.T) {
	at := time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC)
	r := guardedOnce.With("missing", shortfall{"12.50"}).With("until", at).With("figure", 7).With("accountId", "acct_1")
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var again clause.Refusal
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"missing": map[string]any{"amount": "12.50"}, "until": "2026-11-30T16:00:00Z", "figure": 7.0}
	for name, r := range map[string]clause.Refusal{"first": r, "again": again} {
		b, err := json.Marshal(r.Data(clause.ZH))
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(b, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s, want %v", name, b, want)
		}
		if texts := r.Told(clause.EN); texts.Description != "Top up by 2026-12-01 00:00 (UTC+8)." {
			t.Errorf("%s: an instant in a text has its zone: %q", name, texts.Description)
		}
	}
	if s := r.With("until", at.In(time.FixedZone("", 5*3600+1800)).Add(time.Second)).Told(clause.EN).Description; s != "Top up by 2026-11-30 21:30:01 (UTC+5:30)." {
		t.Errorf("another zone: %q", s)
	}
	if got := guardedOnce.ParamNames(); !reflect.DeepEqual(got, []string{"figure", "missing", "until"}) {
		t.Errorf("%v", got)
	}
}
