package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

// TestSeveralBillsAreBookedAsOne checks that bills that are charged together are
// booked like bills charged one by one, and only from balances as they were read.
func TestSeveralBillsAreBookedAsOne(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, poor := open(t, w), open(t, w), open(t, w)
		a.credit(1000)
		b.credit(500)
		b.must(func(tx *command.Tx) error { return ledger.Grant(tx.Tx, b.account, "grnt_1", cny(300)) })
		poor.credit(10)
		accounts := []string{a.account, b.account, poor.account, "acct_none"}
		bills := []ledger.Bill{{AccountID: a.account, ID: ent.NewID("bill"), Total: cny(400)}, {AccountID: b.account, ID: ent.NewID("bill"), Total: cny(350)}}
		a.must(func(tx *command.Tx) error {
			p, err := ledger.LockBalances(tx.Tx, accounts, money.CNY)
			if err != nil {
				return err
			}
			for i, want := range []bool{true, true, false, false} {
				if got := p.Covers(accounts[i], cny(11)); got != want {
					t.Errorf("account %d covers the amount: %v", i, got)
				}
			}
			stale := ledger.LockedBalances{a.account: p[a.account]}
			paid, err := p.Charge(tx.Tx, bills)
			if err != nil {
				return err
			}
			if got := fmt.Sprint(paid); got != fmt.Sprint([]ledger.Split{{Bonus: cny(0), Cash: cny(400)}, {Bonus: cny(300), Cash: cny(50)}}) {
				t.Errorf("3.4: paid %s", got)
			}
			if _, err := p.Charge(tx.Tx, []ledger.Bill{{AccountID: poor.account, ID: "bill_x", Total: cny(11)}}); err == nil {
				t.Error("more than the balance has was booked")
			}
			for name, c := range map[string]struct {
				tx   *ent.Tx
				want error
			}{
				"a balance that was changed since":    {tx.Tx, ent.ErrStale},
				"an account that isn't reached (1.4)": {tx.Tx.With(authz.Narrow(tx.Tx, b.account)), clause.NotFound},
			} {
				if _, err := (ledger.LockedBalances{a.account: stale[a.account]}).Charge(c.tx, bills[:1]); !errors.Is(err, c.want) {
					t.Errorf("%s: %v", name, err)
				}
			}
			return nil
		})
		for _, of := range []struct {
			books
			want string
		}{{a, "600"}, {b, "450"}} {
			of.must(func(tx *command.Tx) error {
				got, err := ledger.Read(tx, tx.Client(), of.account, money.CNY)
				if err == nil && fmt.Sprint(got.Available().Minor()) != of.want {
					t.Errorf("%d is left, want %s", got.Available().Minor(), of.want)
				}
				return err
			})
		}
	})
}
