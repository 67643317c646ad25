package ledger_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"portico/ent"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

// model is a simple model of the ledger of one account.
type model struct{ cash, bonus, suspense int64 }

// Random histories end with the model's figures, on both engines. A step is
// refused exactly if the model refuses it, with the same shortfall.
func TestRandomHistoriesEndAsOnPaper(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		rapid.Check(t, func(r *rapid.T) {
			b := open(t, w)
			var m model
			var waiting []ledger.Incoming
			amount := rapid.Int64Range(1, 5000)
			for range rapid.IntRange(1, 12).Draw(r, "steps") {
				n := amount.Draw(r, "amount")
				step := rapid.SampledFrom([]string{"credit", "wait", "release", "return", "grant", "pay", "pay"}).Draw(r, "step")
				switch step {
				case "credit":
					b.credit(n)
					m.cash += n
				case "wait":
					in := b.incoming(n)
					b.must(func(tx *command.Tx) error { return ledger.ToSuspense(tx.Tx, in) })
					waiting = append(waiting, in)
					m.suspense += n
				case "release", "return":
					if len(waiting) == 0 {
						continue
					}
					in := waiting[0]
					waiting = waiting[1:]
					m.suspense -= in.Amount.Minor()
					leave := ledger.ReturnSuspense
					if step == "release" {
						leave = ledger.ReleaseSuspense
						m.cash += in.Amount.Minor()
					}
					b.must(func(tx *command.Tx) error { return leave(tx.Tx, in) })
				case "grant":
					b.must(func(tx *command.Tx) error { return ledger.Grant(tx.Tx, b.account, ent.NewID("prom"), cny(n)) })
					m.bonus += n
				case "pay":
					split, err := b.pay(n)
					if short := n - m.cash - m.bonus; short > 0 {
						if !errors.Is(err, ledger.NoFunds) || refusal(t, err).Params["missing"] != cny(short) {
							r.Fatalf("want a shortfall of %d, not %v", short, err)
						}
						continue
					}
					bonus := min(n, m.bonus)
					m.bonus, m.cash = m.bonus-bonus, m.cash-(n-bonus)
					if err != nil || split.Bonus != cny(bonus) || split.Cash != cny(n-bonus) {
						r.Fatalf("%+v, %v", split, err)
					}
				}
				if is := b.balance(); is.Cash != cny(m.cash) || is.Bonus != cny(m.bonus) || is.Suspense != cny(m.suspense) {
					r.Fatalf("%+v instead of %+v", is, m)
				}
			}
		})
		clean(t, open(t, w))
	})
}
