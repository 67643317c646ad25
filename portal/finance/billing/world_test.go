package billing_test

import (
	"fmt"
	"testing"
	"time"

	"portico/portaltest"
)

type input = map[string]any

const (
	report       = `mutation($i: ReportUsageInput!) { reportUsage(input: $i) { accepted duplicates rejected { index code clause } userErrors { code clause } } }`
	place        = `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id service { id } } userErrors { code clause field remedy { operation input } } } }`
	accountQuery = `query($a: ID!) { account(id: $a) {
		balance { cash { amount } bonus { amount } available { amount } arrears { amount } } invoiceable { amount }
		standing { restrictions { code clause target remedy { operation } } }
		arrears { beganAt stopsAt bill { number } }
		services { nodes { id status plan { code } } }
		bills(first: 100) { nodes { number status product { code } period { from to unit } total { amount } paid { amount } owed { amount }
			lines { metric quantity unitPrice per amount { amount } application { id } } } } } }`
)

// shop is a verified customer with an application, and the data plane.
type shop struct {
	*portaltest.World
	owner, plane *portaltest.Actor
	app          string
	events       int
}

func open(w *portaltest.World, name, funds string) *shop {
	s := &shop{World: w, owner: w.Funded(name, funds), plane: w.DataPlane()}
	s.app = w.Application(s.owner, "MAINLAND")
	return s
}

func (s *shop) order(plan, total string, term any) string {
	s.T.Helper()
	in := input{"accountId": s.owner.AccountID, "planId": s.PlanID(plan), "applicationId": s.app, "expectedTotal": input{"amount": total, "currency": "CNY"}}
	if term != nil {
		in["term"] = term
	}
	return portaltest.String(s.Done(s.owner, place, input{"i": in}), "order", "service", "id")
}

var month = input{"unit": "MONTH", "count": 1}

// event returns a use of a metric at a time.
func (s *shop) event(metric, quantity string, at time.Time) input {
	s.events++
	return input{"source": "edge", "eventId": fmt.Sprint(s.owner.AccountID, "-", s.events), "applicationId": s.app,
		"metric": metric, "quantity": quantity, "at": at.UTC().Format(time.RFC3339Nano)}
}

// reported reports events and returns how many were accepted and the code of
// each rejection.
func (s *shop) reported(events ...input) string {
	s.T.Helper()
	p := s.Done(s.plane, report, input{"i": input{"events": events}})
	t := fmt.Sprint(p["accepted"])
	for _, r := range p["rejected"].([]any) {
		t += " " + portaltest.String(r, "code")
	}
	return t
}

func (s *shop) uses(metric, quantity string, at time.Time) {
	s.T.Helper()
	if got := s.reported(s.event(metric, quantity, at)); got != "1" {
		s.T.Fatalf("%s of %s at %s: %s", quantity, metric, at, got)
	}
}

func (s *shop) look() any {
	s.T.Helper()
	return s.Must(s.owner, accountQuery, input{"a": s.owner.AccountID})["account"]
}

// balances returns cash, bonus and arrears.
func (s *shop) balances() string {
	s.T.Helper()
	b := portaltest.At(s.look(), "balance")
	return portaltest.String(b, "cash", "amount") + " " + portaltest.String(b, "bonus", "amount") + " " + portaltest.String(b, "arrears", "amount")
}

// runs returns the services' statuses, by plan.
func (s *shop) runs() map[string]string {
	s.T.Helper()
	m := map[string]string{}
	for _, n := range portaltest.At(s.look(), "services", "nodes").([]any) {
		m[portaltest.String(n, "plan", "code")] = portaltest.String(n, "status")
	}
	return m
}

// bills returns product, total, paid amount and status of each bill, oldest
// first.
func (s *shop) bills() []string {
	s.T.Helper()
	nodes := portaltest.At(s.look(), "bills", "nodes").([]any)
	list := make([]string, len(nodes))
	for i, b := range nodes {
		list[len(nodes)-1-i] = fmt.Sprint(portaltest.String(b, "product", "code"), " ", portaltest.String(b, "total", "amount"), " ",
			portaltest.String(b, "paid", "amount"), " ", portaltest.String(b, "status"))
	}
	return list
}

func (s *shop) expect(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q instead of %q", what, got, want)
	}
}

// zone is the zone of the standard agreement.
var zone = func() *time.Location {
	l, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return l
}()

// nextHour returns the next full hour of the portal's clock.
func (s *shop) nextHour() time.Time {
	return s.Portal.Store.Now().Truncate(time.Hour).Add(time.Hour)
}

// nextDay returns the next midnight in the zone.
func (s *shop) nextDay() time.Time {
	n := s.Portal.Store.Now().In(zone)
	return time.Date(n.Year(), n.Month(), n.Day()+1, 0, 0, 0, 0, zone)
}

const closing = 10 * time.Minute
