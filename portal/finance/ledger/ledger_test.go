package ledger_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/balance"
	"portico/ent/db/fee"
	"portico/ent/db/ledgerentry"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
	"portico/portaltest"
)

func cny(minor int64) money.Amount { return money.New(minor, money.CNY) }

// books is one account of a world, changed by steps.
type books struct {
	t       testing.TB
	store   *ent.Store
	ctx     context.Context
	account string
}

func open(t testing.TB, w *portaltest.World) books {
	return books{t, w.Portal.Store, w.System(), ent.NewID("acct")}
}

func (b books) do(step func(tx *command.Tx) error) error {
	_, err := command.Do(b.ctx, b.store, command.Command{Name: "test"}, func(tx *command.Tx) (struct{}, error) { return struct{}{}, step(tx) })
	return err
}

func (b books) must(step func(tx *command.Tx) error) {
	b.t.Helper()
	if err := b.do(step); err != nil {
		b.t.Fatal(err)
	}
}

// credit pays in an amount by a payment of its own.
func (b books) credit(minor int64) {
	b.t.Helper()
	b.must(func(tx *command.Tx) error { return ledger.Credit(tx.Tx, b.incoming(minor)) })
}

func (b books) incoming(minor int64) ledger.Incoming {
	return ledger.Incoming{AccountID: b.account, Channel: "SANDBOX", TopUpID: ent.NewID("topu"), PaymentID: ent.NewID("paym"), Amount: cny(minor)}
}

func (b books) pay(minor int64) (ledger.Split, error) {
	var split ledger.Split
	order := ent.NewID("ordr")
	err := b.do(func(tx *command.Tx) (err error) {
		split, err = ledger.Pay(tx.Tx, ledger.Payment{AccountID: b.account, Kind: ledger.KindOrder, SubjectID: order, Amount: cny(minor)})
		return err
	})
	return split, err
}

func (b books) balance() ledger.Balance {
	b.t.Helper()
	is, err := ledger.Read(b.ctx, b.store.Read(), b.account, money.CNY)
	if err != nil {
		b.t.Fatal(err)
	}
	return is
}

func refusal(t testing.TB, err error) clause.Refusal {
	t.Helper()
	var r clause.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("want a refusal, not %v", err)
	}
	return r.Reveal(func(permission string) bool { return permission == authz.BalanceRead.String() })
}

func TestPayingTakesBonusFirstAndReportsTheShortfall(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		b := open(t, w)
		b.credit(1000)
		b.must(func(tx *command.Tx) error { return ledger.Grant(tx.Tx, b.account, "promo_1", cny(300)) })

		t.Run("3.4: bonus goes first, then cash", func(t *testing.T) {
			split, err := b.pay(500)
			if err != nil || split != (ledger.Split{Bonus: cny(300), Cash: cny(200)}) {
				t.Fatalf("%+v, %v", split, err)
			}
			if is := b.balance(); is.Cash != cny(800) || is.Bonus != cny(0) || is.Available() != cny(800) {
				t.Errorf("%+v", is)
			}
			only, err := b.store.Read().Fee.Query().Where(fee.AccountID(b.account)).Only(b.ctx)
			if err != nil || only.PaidMinor != 200 {
				t.Errorf("5.10: the fee holds %+v, %v; only cash can be invoiced", only, err)
			}
		})
		t.Run("3.3: one fen too much is refused with the shortfall and a top-up that lifts it", func(t *testing.T) {
			_, err := b.pay(801)
			r := refusal(t, err)
			if !errors.Is(r, ledger.NoFunds) || r.Clause != "3.3" || r.Params["missing"] != cny(1) || r.Params["currency"] != "CNY" {
				t.Errorf("%v", r)
			}
			remedy := r.Told(clause.EN)
			amount := remedy.Input["amount"]
			if remedy.Operation == nil || *remedy.Operation != "startTopUp" || remedy.Input["accountId"] != b.account || amount != cny(100) {
				t.Errorf("%+v", remedy)
			}
			if is := b.balance(); is.Cash != cny(800) {
				t.Errorf("a refusal changed the balance: %+v", is)
			}
		})
		t.Run("3.3: exactly what is there is enough", func(t *testing.T) {
			if _, err := b.pay(800); err != nil {
				t.Fatal(err)
			}
			if is := b.balance(); !is.Available().IsZero() {
				t.Errorf("%+v", is)
			}
		})
		t.Run("nothing is booked for zero, and never for less", func(t *testing.T) {
			before := b.store.Read().LedgerEntry.Query().CountX(b.ctx)
			if _, err := b.pay(0); err != nil {
				t.Error(err)
			}
			if _, err := b.pay(-1); err == nil {
				t.Error("a negative payment was taken")
			}
			if after := b.store.Read().LedgerEntry.Query().CountX(b.ctx); after != before {
				t.Errorf("%d entries became %d", before, after)
			}
		})
		clean(t, b)
	})
}

func clean(t testing.TB, b books) {
	t.Helper()
	// The bookings of these tests are made by the ledger alone. So the rules
	// that compare with accounts, payments, orders and the audit are tested in
	// the units that write these.
	found, err := ledger.Check(b.ctx, b.store)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if !slices.Contains([]string{"HOLDER", "CLEARING", "SUSPENSE", "ORDER", "CANCELLED", "BOOKED"}, f.Rule) {
			t.Errorf("check: %s", f)
		}
	}
}

func TestACauseIsBookedOnce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		b := open(t, w)
		in := b.incoming(700)
		b.must(func(tx *command.Tx) error { return ledger.ToSuspense(tx.Tx, in) })
		if err := b.do(func(tx *command.Tx) error { return ledger.Credit(tx.Tx, in) }); !errors.Is(err, ledger.ErrBooked) {
			t.Errorf("a payment was booked twice: %v", err)
		}
		b.must(func(tx *command.Tx) error { return ledger.ReleaseSuspense(tx.Tx, in) })
		if err := b.do(func(tx *command.Tx) error { return ledger.ReturnSuspense(tx.Tx, in) }); err == nil {
			t.Error("released money was returned")
		}
		order := ledger.Payment{AccountID: b.account, Kind: ledger.KindOrder, SubjectID: ent.NewID("ordr"), Amount: cny(100)}
		pay := func(tx *command.Tx) error { _, err := ledger.Pay(tx.Tx, order); return err }
		b.must(pay)
		if err := b.do(pay); !errors.Is(err, ledger.ErrBooked) {
			t.Errorf("an order was paid twice: %v", err)
		}
		if is := b.balance(); is.Cash != cny(600) || !is.Suspense.IsZero() {
			t.Errorf("%+v", is)
		}
		clean(t, b)
	})
}

func TestReversing(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		b := open(t, w)
		b.credit(1000)
		if _, err := b.pay(400); err != nil {
			t.Fatal(err)
		}
		byKind := func(kind string) *db.LedgerEntry {
			return b.store.Read().LedgerEntry.Query().Where(ledgerentry.AccountID(b.account), ledgerentry.Kind(kind), ledgerentry.Book("CASH")).OnlyX(b.ctx)
		}
		reverse := func(kind string) error {
			id := byKind(kind).TransactionID
			return b.do(func(tx *command.Tx) error { _, err := ledger.Reverse(tx, id, "booked in error"); return err })
		}
		t.Run("3.3: a top-up that is spent in part is not taken back", func(t *testing.T) {
			if r := refusal(t, reverse(ledger.KindTopUp)); r.Code != ledger.NoFunds.Code || r.Params["missing"] != cny(400) {
				t.Errorf("%v", r)
			}
		})
		t.Run("3.9: an order whose fee is invoiced is not undone", func(t *testing.T) {
			b.must(func(tx *command.Tx) error {
				return tx.Fee.Update().Where(fee.AccountID(b.account)).SetInvoicedMinor(1).Exec(tx)
			})
			if r := refusal(t, reverse(ledger.KindOrder)); r.Code != ledger.Claimed.Code || r.Clause != "3.9" {
				t.Errorf("%v", r)
			}
			b.must(func(tx *command.Tx) error {
				return tx.Fee.Update().Where(fee.AccountID(b.account)).SetInvoicedMinor(0).Exec(tx)
			})
		})
		if err := reverse(ledger.KindOrder); err != nil {
			t.Fatal(err)
		}
		if err := reverse(ledger.KindOrder); !errors.Is(err, ledger.ErrBooked) {
			t.Errorf("reversed twice: %v", err)
		}
		if is := b.balance(); is.Cash != cny(1000) {
			t.Errorf("%+v", is)
		}
		clean(t, b)
	})
}

func TestTheBalanceIsSpentOnce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("3.3: 64 payments race for a balance that suffices for one", func(t *testing.T) {
			b := open(t, w)
			b.credit(150_099)
			const racers = 64
			errs := make([]error, racers)
			var ready, done sync.WaitGroup
			gate := make(chan struct{})
			for i := range racers {
				ready.Add(1)
				done.Go(func() {
					ready.Done()
					<-gate
					_, errs[i] = b.pay(150_000)
				})
			}
			ready.Wait()
			close(gate)
			done.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
					continue
				}
				if r := refusal(t, err); r.Code != ledger.NoFunds.Code || r.Clause != "3.3" || r.Params["missing"] != cny(149901) {
					t.Errorf("%v", r)
				}
			}
			if is := b.balance(); won != 1 || is.Cash != cny(99) {
				t.Errorf("%d of %d won; %+v is left", won, racers, is)
			}
			clean(t, b)
		})
	})
}

func TestCheckSeesWhatIsWrong(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		for rule, spoil := range map[string]func(tx *ent.Tx, account string) error{
			"SUM": func(tx *ent.Tx, id string) error {
				return tx.Balance.Update().Where(balance.AccountID(id)).AddCashMinor(1).Exec(tx)
			},
			"NEGATIVE": func(tx *ent.Tx, id string) error {
				return tx.Balance.Update().Where(balance.AccountID(id)).SetHeldMinor(5000).Exec(tx)
			},
			"BALANCED": func(tx *ent.Tx, id string) error {
				return tx.LedgerEntry.Create().SetAccountID(id).SetTransactionID("ltxn_x").SetKind("ORDER").SetSubjectID("ordr_x").
					SetBook("REVENUE").SetAmountMinor(1).SetCurrency("CNY").SetBalanceAfterMinor(0).SetPosition(99).SetAt(tx.Now).Exec(tx)
			},
			"FEE": func(tx *ent.Tx, id string) error {
				return tx.Fee.Create().SetAccountID(id).SetSubjectID("ordr_y").SetPaidMinor(1).SetCurrency("CNY").SetPaidAt(tx.Now).Exec(tx)
			},
			"SUSPENSE": func(tx *ent.Tx, id string) error {
				return tx.Balance.Update().Where(balance.AccountID(id)).AddSuspenseMinor(1).Exec(tx)
			},
			"CLEARING": func(*ent.Tx, string) error { return nil }, // a credit without its payment
		} {
			b := open(t, w)
			b.credit(1000)
			b.must(func(tx *command.Tx) error { return spoil(tx.Tx, b.account) })
			found, err := ledger.Check(b.ctx, b.store)
			if err != nil {
				t.Fatal(err)
			}
			reported := false
			for _, f := range found {
				reported = reported || f.Rule == rule && f.AccountID == b.account && f.String() != ""
			}
			if !reported {
				t.Errorf("%s is not in %v", rule, found)
			}
		}
	})
}

func TestABalanceIsOpenedOnce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		b := open(t, w)
		for range 2 {
			b.must(func(tx *command.Tx) error { return ledger.OpenBalance(tx.Tx, b.account, money.CNY) })
		}
		if n := b.store.Read().Balance.Query().Where(balance.AccountID(b.account)).CountX(b.ctx); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestTheBooksAreCheckedDaily(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		b, j := open(t, w), ledger.Reconcile()
		runner := job.Runner{Store: b.store, Holder: "one"}
		runs := func() int {
			n, err := runner.Once(b.ctx, j)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if runs() != 1 || runs() != 0 {
			t.Error("the first check is due at once, and once")
		}
		w.Wall.Advance(24*time.Hour - time.Microsecond)
		if runs() != 0 {
			t.Error("checked before a day was over")
		}
		b.credit(100) // without a payment, an account or a command: three findings
		w.Wall.Advance(time.Microsecond)
		if runs() != 1 {
			t.Error("not checked after a day")
		}
		last := b.store.Read().AuditEvent.Query().Where(auditevent.Action("checkLedger")).Order(db.Desc(auditevent.FieldAt, auditevent.FieldID)).FirstX(b.ctx)
		if !strings.Contains(last.Details, `"findings":3`) {
			t.Errorf("audited %s", last.Details)
		}
		w.Wall.Advance(40 * 24 * time.Hour)
		if runs() != 1 {
			t.Error("not checked 40 days ahead")
		}
		w.Wall.Advance(-40 * 24 * time.Hour)
		if runs() != 1 || runs() != 0 {
			t.Error("a clock that was 40 days ahead, and was put back, keeps the books from being checked")
		}
	})
}

// TestABalanceHoldsTheMost books up to the largest figure of a balance, and one
// fen more, which is refused.
func TestABalanceHoldsTheMost(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, store := w.Owner("Most"), w.Portal.Store
		book := func(minor int64) error {
			return store.Write(w.System(), func(tx *ent.Tx) error {
				return ledger.Grant(tx, a.AccountID, ent.NewID("prom"), cny(minor))
			})
		}
		if err := book(money.MaxBalance); err != nil {
			t.Fatal(err)
		}
		if err := book(1); !errors.Is(err, money.ErrRange) {
			t.Errorf("a fen more: %v", err)
		}
		row, err := store.Read().Balance.Query().Where(balance.AccountID(a.AccountID)).Only(w.System())
		if err != nil || row.BonusMinor != money.MaxBalance {
			t.Errorf("%v, %v", row, err)
		}
	})
}

// The provider's side of a booking isn't an object of the API: it can't be
// found by its ID and is in no list.
func TestOnlyTheCustomersSideIsFoundByItsID(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Ada", "10.00")
		rows, err := w.Portal.Store.Read().LedgerEntry.Query().Where(ledgerentry.AccountID(a.AccountID)).All(w.System())
		if err != nil {
			t.Fatal(err)
		}
		sides := map[bool]int{}
		for _, row := range rows {
			sides[row.CustomerSide]++
			for name, who := range map[string]*portaltest.Actor{"the owner": a, "the provider's finance": w.Operator("operator-finance")} {
				r := w.Send(who, `query($id: ID!) { node(id: $id) { id ... on LedgerEntry { book kind amount { amount } } } }`, map[string]any{"id": row.ID})
				if len(r.Errors) > 0 || (r.Data["node"] != nil) != row.CustomerSide {
					t.Errorf("3.3: %s reads %s of %s: %s", name, row.Book, row.Kind, r.Raw)
				}
			}
		}
		if sides[true] == 0 || sides[false] == 0 {
			t.Errorf("there are %v", sides)
		}
	})
}
