package proof_test

import (
	"fmt"
	"strings"
	"testing"

	"portico/clause"
	"portico/ent"
	"portico/portaltest"
)

const orderMutation = `mutation($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id service { id } } userErrors { code clause field } } }`

func orderInput(w *portaltest.World, a *portaltest.Actor, app, plan, total string, term any) map[string]any {
	return map[string]any{"input": map[string]any{"accountId": a.AccountID, "applicationId": app, "planId": w.PlanID(plan), "term": term,
		"expectedTotal": map[string]any{"amount": total, "currency": "CNY"}}}
}

var month = map[string]any{"unit": "MONTH", "count": 1}

func TestAnInvalidScalarIsTheSendersMistake(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, platform := w.Owner("Scalar"), w.Platform()
		topUp := `mutation($input: StartTopUpInput!) { startTopUp(input: $input) { userErrors { code } } }`
		for _, amount := range []any{"1e3", "NaN", "", "0x10", "１５００", strings.Repeat("1", 400), 1.5e300, "1e400000000"} {
			r := w.Send(a, topUp, map[string]any{"input": map[string]any{"accountId": a.AccountID, "channel": "SANDBOX",
				"amount": map[string]any{"amount": amount, "currency": "CNY"}}})
			malformed(t, fmt.Sprintf("Decimal %v", amount), r)
		}
		override := `mutation($input: OverrideFigureInput!) { overrideFigure(input: $input) { userErrors { code } } }`
		for _, from := range []any{"tomorrow", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2027-02-30T00:00:00Z", 5} {
			r := w.Send(platform, override, map[string]any{"input": map[string]any{"accountId": a.AccountID, "figure": "agreement.zone",
				"value": "UTC", "agreementNumber": "1", "from": from}})
			malformed(t, fmt.Sprintf("Time %v", from), r)
		}
		submit := `mutation($input: SubmitVerificationInput!) { submitVerification(input: $input) { userErrors { code } } }`
		malformed(t, "Upload", w.Send(a, submit, map[string]any{"input": map[string]any{"accountId": a.AccountID, "kind": "MAINLAND_COMPANY",
			"legalName": "x", "country": "CN", "registrationNumber": "x", "documents": []any{"text"}}}))
	})
}

func malformed(t *testing.T, what string, r portaltest.Response) {
	t.Helper()
	if len(r.Errors) != 1 || r.Errors[0].Code() != clause.Malformed.Code {
		t.Errorf("%s: want %s alone: %s", what, clause.Malformed.Code, r.Raw)
	}
}

func TestAnIdOfAnotherTypeIsNotFound(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, support := w.Funded("Typed", "2000.00"), w.Operator("support", "operator-finance")
		app := w.Application(a, "MAINLAND")
		placed := w.Done(a, orderMutation, orderInput(w, a, app, "im-flagship", "1500.00", month))
		order := portaltest.String(placed, "order", "id")
		amount := map[string]any{"amount": "10", "currency": "CNY"}
		for _, c := range []struct {
			by               *portaltest.Actor
			operation, field string
			id               string
			rest             map[string]any
		}{
			{a, "closeService", "serviceId", order, nil},
			{a, "closeService", "serviceId", a.AccountID, nil},
			{a, "deleteApplication", "applicationId", a.AccountID, nil},
			{a, "deleteApplication", "applicationId", order, nil},
			{a, "startTopUp", "accountId", app, map[string]any{"amount": amount, "channel": "SANDBOX"}},
			{a, "createApplication", "accountId", app, map[string]any{"name": "x", "kind": "GENERAL", "region": "MAINLAND"}},
			{a, "completeSandboxPayment", "topUpId", order, map[string]any{"payerName": "x"}},
			{a, "designatePayer", "accountId", order, map[string]any{"name": "x", "proof": "x"}},
			{support, "reviewVerification", "verificationId", order, map[string]any{"decision": "APPROVE"}},
			{support, "reviewPayer", "payerId", order, map[string]any{"decision": "APPROVE"}},
			{support, "decidePayment", "paymentId", order, map[string]any{"decision": "CREDIT", "reason": "x"}},
		} {
			in := map[string]any{c.field: c.id}
			for k, v := range c.rest {
				in[k] = v
			}
			query := fmt.Sprintf(`mutation($input: %s%sInput!) { %s(input: $input) { userErrors { code field } } }`,
				strings.ToUpper(c.operation[:1]), c.operation[1:], c.operation)
			got := w.Refused(c.by, query, map[string]any{"input": in})
			if got.Code != clause.NotFound.Code || len(got.Field) != 2 || got.Field[1] != c.field {
				t.Errorf("%s of a %s: %+v", c.operation, ent.TypeOf(c.id), got)
			}
		}
	})
}

func TestTheDataPlaneSeesNothingButUsage(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, key := w.Funded("Seen", "10.00"), w.DataPlane()
		node := `query($id: ID!) { node(id: $id) { id } }`
		for _, id := range []string{a.PersonID, a.AccountID} {
			if got := w.Must(key, node, map[string]any{"id": id})["node"]; got != nil {
				t.Errorf("the data plane sees %s: %v", id, got)
			}
			if got := w.Must(a, node, map[string]any{"id": id})["node"]; got == nil {
				t.Errorf("its owner doesn't see %s", id)
			}
		}
		row, err := w.Portal.Store.Read().Balance.Query().First(w.System())
		if err != nil {
			t.Fatal(err)
		}
		if got := w.Must(a, node, map[string]any{"id": row.ID})["node"]; got != nil {
			t.Errorf("a row that is no node of the API is one: %v", got)
		}
	})
}
