package payment_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"portico/ent/db/topup"
	"portico/portaltest"
)

const queueQuery = `query($status: TopUpStatus, $first: Int) { topUps(status: $status, first: $first) { nodes { id paymentReference account {
	balance { cash { amount } suspense { amount } } invoiceable { amount } topUps(first: 2) { nodes { id } } payers { nodes { id } }
	ledgerEntries(first: 2) { nodes { id kind amount { amount } balanceAfter { amount } } pageInfo { hasNextPage } } } } } }`

func TestTheListsOfMoneyAreReadOnceForAllAccounts(t *testing.T) {
	t.Parallel()
	for _, e := range portaltest.Engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int64
			w := portaltest.New(t, e, portaltest.Counted(&n))
			finance := w.Operator("operator-finance")
			statements := func(accounts int) int64 {
				before := n.Load()
				d := w.Must(finance, queueQuery, map[string]any{"status": "CREDITED", "first": 2 * accounts})
				if portaltest.At(d, "topUps", "nodes", 2*accounts-1) == nil {
					t.Fatalf("want two top-ups of %d accounts: %v", accounts, d)
				}
				for i := range 2 * accounts {
					at := portaltest.At(d, "topUps", "nodes", i, "account")
					if portaltest.String(at, "balance", "cash", "amount") != "60.00" || portaltest.String(at, "balance", "suspense", "amount") != "5.00" ||
						portaltest.String(at, "invoiceable", "amount") != "0.00" || portaltest.At(at, "topUps", "nodes", 1) == nil {
						t.Errorf("%v", at)
					}
					entries := portaltest.At(at, "ledgerEntries", "nodes").([]any)
					if len(entries) != 2 || portaltest.String(entries[0], "kind") != "TOP_UP_SUSPENSE" || portaltest.String(entries[1], "balanceAfter", "amount") != "60.00" ||
						portaltest.At(at, "ledgerEntries", "pageInfo", "hasNextPage") != true {
						t.Errorf("the customer's side, newest first: %v", at)
					}
				}
				return n.Load() - before
			}
			const paid = 6
			for i := range paid {
				a := w.Funded(fmt.Sprintf("Payer %d", i), "40.00")
				w.TopUp(a, "20.00")
				top := scene{t, w}.start(a, topup.ChannelSANDBOX, "5.00")
				w.Done(a, `mutation($i: CompleteSandboxPaymentInput!) { completeSandboxPayment(input: $i) { topUp { id } userErrors { code } } }`,
					map[string]any{"i": map[string]any{"topUpId": top.ID, "payerName": "Somebody"}})
			}
			statements(2) // prepares the statements
			if two, six := statements(2), statements(paid); two != six {
				t.Errorf("%d statements for two accounts, %d for %d", two, six, paid)
			}
		})
	}
}
