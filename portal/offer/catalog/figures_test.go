package catalog_test

import (
	"fmt"
	"testing"

	"portico/portaltest"
)

// TestTheLimitsThatTheAgreementNames reads the public price list. The limits
// are shown only; nothing enforces them yet.
func TestTheLimitsThatTheAgreementNames(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		limits := map[string]string{}
		d := w.Must(nil, `{ products(first: 50) { nodes { plans { code limits { metric quantity clause scope } } } } }`, nil)
		for _, product := range portaltest.At(d, "products", "nodes").([]any) {
			for _, plan := range portaltest.At(product, "plans").([]any) {
				for _, l := range portaltest.At(plan, "limits").([]any) {
					if portaltest.String(l, "metric") == "im.registered_users" {
						continue // tests of unit usage show the 100th user and the 101st
					}
					limits[portaltest.String(plan, "code")+" "+portaltest.String(l, "metric")] = fmt.Sprint(portaltest.String(l, "quantity"), " ",
						portaltest.String(l, "scope"), " by ", portaltest.String(l, "clause"))
				}
			}
		}
		want := map[string]string{
			"im-developer im.messages":                     "10000000 ACCOUNT by 2.3",
			"im-flagship im.messages":                      "10000000 ACCOUNT by 2.3",
			"im-premium im.messages":                       "10000000 ACCOUNT by 2.3",
			"im-flagship-overseas im.distributed_messages": "2000000 ACCOUNT by 2.4",
			"im-premium-overseas im.distributed_messages":  "2000000 ACCOUNT by 2.4",
		}
		for of, limit := range want {
			t.Run(limit[len(limit)-3:]+": the limit of "+of, func(t *testing.T) {
				if limits[of] != limit {
					t.Errorf("%s, not %s", limits[of], limit)
				}
			})
		}
		if len(limits) != len(want) {
			t.Errorf("%d limits: %v", len(limits), limits)
		}
	})
}
