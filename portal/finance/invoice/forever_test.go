package invoice_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"portico/ent"
	"portico/portal"
	"portico/portal/finance/invoice"
	"portico/portal/offer/catalog"
	"portico/portal/offer/catalog/demo"
	"portico/portaltest"
	"portico/server"
)

const (
	billsDoc    = `query($id: ID!) { account(id: $id) { bills { nodes { number productName accountName legalName period { from to unit zone } total { amount } providerBody partner sentAt disputableUntil lines { planName metric quantity unitPrice per amount { amount } } } } } }`
	overrideDoc = `mutation($i: OverrideFigureInput!) { overrideFigure(input: $i) { userErrors { code message } } }`
)

// TestADocumentIsForEver changes everything that a bill and an invoice were
// made from, and reads them again.
func TestADocumentIsForEver(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		tokyo, err := time.LoadLocation("Asia/Tokyo")
		if err != nil {
			t.Fatal(err)
		}
		c := company{w.Funded("East", "2000.00"), "East Ltd", ""}
		c.number = portaltest.String(w.Must(c.Actor, `query($id: ID!) { account(id: $id) { legalEntity { registrationNumber } } }`, map[string]any{"id": c.AccountID}), "account", "legalEntity", "registrationNumber")
		signed := func(w *portaltest.World, zone string) {
			w.Done(w.Platform(), overrideDoc, vars(in{"accountId": c.AccountID, "figure": "agreement.zone", "value": zone, "agreementNumber": "Z-" + zone, "from": utc(w.Portal.Store.Now())}))
		}
		signed(w, "Asia/Tokyo")
		usesInTokyo(t, w, c, tokyo)
		w.AdvanceTo(time.Date(2026, 5, 1, 0, 10, 0, 0, tokyo))
		node := issued(w, c, "108.00") // 45.00 + 35.00 + 28.00
		link := portaltest.String(node, "downloadUrl")
		document := fetch(w, c.Actor, link).Body.Bytes()
		bills := func(w *portaltest.World) string {
			b, err := json.Marshal(portaltest.At(w.Must(c.Actor, billsDoc, map[string]any{"id": c.AccountID}), "account", "bills"))
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		before := bills(w)
		t.Run("3.9: it prints the hour, the day and the month of the bill's own zone", func(t *testing.T) {
			text := read(t, document)
			for _, want := range []string{"2026-04-01 00:00–01:00", " 2026-04-01", " 2026-04"} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%s", want, text)
				}
			}
			if strings.Contains(text, "2026-03") {
				t.Errorf("another month is in\n%s", text)
			}
			for _, want := range []string{`"accountName":"East Ltd"`, `"legalName":"East Ltd"`, `"zone":"Asia/Tokyo"`} {
				if strings.Count(before, want) != 3 {
					t.Errorf("%s is not on each of %s", want, before)
				}
			}
		})
		t.Run("3.9: it stays the same to the byte when everything is renamed, and so do its bills", func(t *testing.T) {
			renamed(t, w)
			signed(w, "America/New_York")
			again := portaltest.Open(t, w.Engine, w.Database, func(c *portal.Config, _ *server.Config) {
				c.InvoiceSeller = invoice.Seller{Name: "Another seller", Number: "91110108MA01PTKC5J"}
			})
			again.AdvanceTo(time.Date(2026, 6, 2, 0, 0, 0, 0, tokyo))
			fresh := portaltest.String(again.Must(c.Actor, accountDoc, map[string]any{"id": c.AccountID}), "account", "invoices", "nodes", 0, "downloadUrl")
			if now := fetch(again, c.Actor, fresh).Body.Bytes(); !bytes.Equal(now, document) {
				t.Errorf("the invoice is now:\n%s\nand was:\n%s", read(t, now), read(t, document))
			}
			if now := bills(again); now != before {
				t.Errorf("the bills are now %s, and were %s", now, before)
			}
		})
	})
}

// renamed renames every product, plan, provider, account and legal entity.
func renamed(t *testing.T, w *portaltest.World) {
	t.Helper()
	doc := demo.Catalogue()
	for i := range doc.Products {
		doc.Products[i].Names.ZH, doc.Products[i].Names.EN = "改名产品", "Renamed product"
		doc.Products[i].Provider.Names.ZH, doc.Products[i].Provider.Names.EN = "改名服务方", "Renamed provider"
		if doc.Products[i].Partner != nil {
			doc.Products[i].Partner.Names.ZH = "改名伙伴"
		}
		for j := range doc.Products[i].Plans {
			doc.Products[i].Plans[j].Names.ZH, doc.Products[i].Plans[j].Names.EN = "改名套餐", "Renamed plan"
		}
	}
	if err := catalog.Load(w.System(), w.Portal.Store, doc); err != nil {
		t.Fatal(err)
	}
	if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		if err := tx.LegalEntity.Update().SetName("Renamed Ltd").Exec(tx); err != nil {
			return err
		}
		return tx.Account.Update().SetName("Renamed").Exec(tx)
	}); err != nil {
		t.Fatal(err)
	}
}

// usesInTokyo makes a company use three metered products in the first hour of a
// month in Tokyo.
func usesInTokyo(t *testing.T, w *portaltest.World, c company, tokyo *time.Location) {
	t.Helper()
	app := w.Application(c.Actor, "MAINLAND")
	for _, plan := range []string{"sms-partner", "push-payg", "rtc-payg"} {
		w.Done(c.Actor, `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } userErrors { code field } } }`, vars(in{
			"accountId": c.AccountID, "applicationId": app, "planId": w.PlanID(plan), "expectedTotal": in{"amount": "0.00", "currency": "CNY"}}))
	}
	w.AdvanceTo(time.Date(2026, 4, 1, 0, 30, 0, 0, tokyo)) // in Shanghai it is still March
	at := w.Portal.Store.Now().Format(time.RFC3339)
	var events []any
	for metric, quantity := range map[string]string{"sms.messages": "1000", "push.messages": "100000", "rtc.minutes": "1000"} {
		events = append(events, in{"source": "east", "eventId": metric, "applicationId": app, "metric": metric, "quantity": quantity, "at": at})
	}
	p := w.Done(w.DataPlane(), `mutation($i: ReportUsageInput!) { reportUsage(input: $i) { accepted userErrors { code } } }`, vars(in{"events": events}))
	if fmt.Sprint(p["accepted"]) != "3" {
		t.Fatalf("%v", p)
	}
}
