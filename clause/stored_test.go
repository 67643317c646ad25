package clause_test

import (
	"encoding/json"
	"errors"
	"testing"

	"portico/clause"
)

var storedOnce = clause.Declare(clause.Refusal{Code: "STORED_ONCE", Clause: "3.3",
	Text: clause.Text{ZH: "缺 {missing},{detail}", EN: "short by {missing}, {detail}"},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "充值。", EN: "Top up."}, Operation: "startTopUp",
		Input: map[string]any{"amount": "{missing}"}}})

// shortfall has another text for readers than for logs.
type shortfall struct {
	Amount string `json:"amount"`
}

func (s shortfall) String() string { return "CNY " + s.Amount }

func TestAStoredRefusalIsRepeatedUnchanged(t *testing.T) {
	first := storedOnce.At("planId").With("missing", shortfall{"12.50"}).
		With("detail", clause.Text{ZH: "共 {n} 项", EN: "{n} in all"}).With("n", 12_345_678).By("3.4")
	lifted := first.Lift(clause.Remedy{Text: clause.Text{ZH: "改购 {n}。", EN: "Buy {n}."}, Operation: "placeOrder",
		Input: map[string]any{"planId": "plan_1", "count": 3}})
	for name, r := range map[string]clause.Refusal{"its declared remedy": first, "another remedy": lifted} {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var again clause.Refusal
			if err := json.Unmarshal(text, &again); err != nil {
				t.Fatal(err)
			}
			if !errors.Is(again, r) || again.Clause != r.Clause || again.Class != r.Class || len(again.Field) != 2 || again.Field[1] != "planId" {
				t.Errorf("%v, want %v", again, r)
			}
			for _, l := range []clause.Lang{clause.ZH, clause.EN} {
				if again.Message(l) != r.Message(l) {
					t.Errorf("%q, first %q", again.Message(l), r.Message(l))
				}
				a, err := json.Marshal(again.Told(l))
				if err != nil {
					t.Fatal(err)
				}
				b, err := json.Marshal(r.Told(l))
				if err != nil {
					t.Fatal(err)
				}
				if string(a) != string(b) {
					t.Errorf("%s, first %s", a, b)
				}
			}
		})
	}
}

func TestAnUndeclaredRefusalIsNotRead(t *testing.T) {
	var r clause.Refusal
	if err := json.Unmarshal([]byte(`{"code":"NOBODY_DECLARED_THIS"}`), &r); err == nil {
		t.Error("it was read")
	}
}

func TestATextFillsEachParameterOnce(t *testing.T) {
	r := storedOnce.With("missing", "{detail}").With("detail", clause.Text{ZH: "含 {detail}", EN: "with {detail} and {missing}"})
	if got := r.Message(clause.EN); got != "short by {detail}, with {detail} and {detail}" {
		t.Errorf("%q", got)
	}
}
