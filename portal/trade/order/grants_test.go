package order_test

import (
	"errors"
	"testing"

	"portico/ent"
	"portico/ent/db/grant"
	"portico/money"
	"portico/portal/offer/catalog"
	orders "portico/portal/trade/order"
	"portico/portaltest"
)

func TestASpendingLimitIsReadInTheOrder(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Lin", "5000.00")
		in := orders.PlaceOrderInput{AccountID: a.AccountID, PlanID: w.PlanID("im-flagship"), ApplicationID: w.Application(a, "MAINLAND"),
			Term: &catalog.TermInput{Unit: "MONTH", Count: 1}, ExpectedTotal: money.Input{Amount: money.MustDecimal("1500.00"), Currency: "CNY"}}
		limit := func(t *testing.T, minor int64) {
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				return tx.Grant.Update().Where(grant.AccountID(a.AccountID)).SetSpendingLimit(minor).Exec(tx)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		ctx := w.As(a) // the session was read without a limit
		t.Run("1.5: a limit of 1499.99 set after the session was read refuses 1500.00", func(t *testing.T) {
			limit(t, 149_999)
			if _, err := orders.PlaceOrder(ctx, w.Portal.Store, in); !errors.Is(err, orders.SpendingLimitExceeded) {
				t.Errorf("%v", err)
			}
		})
		t.Run("1.5: one of 1500.00 lets it through", func(t *testing.T) {
			limit(t, 150_000)
			if _, err := orders.PlaceOrder(ctx, w.Portal.Store, in); err != nil {
				t.Errorf("%v", err)
			}
		})
	})
}
