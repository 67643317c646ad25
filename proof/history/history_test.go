package history_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/payment"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

// Random histories of customers over months of the sandbox's clock, with
// retries and duplicates, end with the balances of a simple model, to the fen.

// model is a simple model of an account.
type model struct {
	cash, bonus, suspense int64
	owed, invoiceable     int64
	began                 time.Time // start of arrears, if something is owed
	held                  time.Time // since when waiting money would cover it, if any does
	waited                int       // days for which the count was paused
	stopped               bool      // whether the services that stop at once are stopped
	metered               map[string]string
	opened                map[string]time.Time // start of the metered services
	used                  map[bucket]*big.Rat  // usage of open periods
	waiting               []string             // top-ups in suspense
}

// bucket is what a line of a bill is for.
type bucket struct {
	plan, service string
	from          string
	closes        time.Time
	of            string // the earlier period that late usage belongs to
}

type input = map[string]any

type customer struct {
	*portaltest.Actor
	app string
	model
}

type history struct {
	*portaltest.World
	r         *rand.Rand
	plane     *portaltest.Actor
	finance   *portaltest.Actor
	customers []*customer
	step      int
	late      int
}

const (
	histOrder  = `mutation($i: PlaceOrderInput!, $k: String!) { placeOrder(input: $i) @idempotent(key: $k) { order { id service { id } } userErrors { code clause } } }`
	histUse    = `mutation($i: ReportUsageInput!) { reportUsage(input: $i) { accepted duplicates rejected { code } userErrors { code } } }`
	histClose  = `mutation($i: CloseServiceInput!) { closeService(input: $i) { service { status } userErrors { code } } }`
	histStart  = `mutation($i: StartTopUpInput!, $k: String!) { startTopUp(input: $i) @idempotent(key: $k) { topUp { id } userErrors { code } } }`
	histPay    = `mutation($i: CompleteSandboxPaymentInput!) { completeSandboxPayment(input: $i) { topUp { status } userErrors { code } } }`
	histDecide = `mutation($i: DecidePaymentInput!) { decidePayment(input: $i) { payment { id } userErrors { code } } }`
	histLook   = `query($a: ID!) { account(id: $a) { balance { cash { amount } bonus { amount } suspense { amount } arrears { amount } } invoiceable { amount } } }`
	histAsk    = `mutation($i: RequestInvoiceInput!, $k: String!) { requestInvoice(input: $i) @idempotent(key: $k) { invoice { id } userErrors { code clause } } }`
)

// meters are the metered plans: metric, unit price in fen, per how many units,
// and period.
var meters = map[string]struct {
	metric string
	price  *big.Rat
	unit   string
}{
	"rtc-payg":    {"rtc.minutes", big.NewRat(28, 10), "HOUR"},
	"push-payg":   {"push.messages", big.NewRat(35, 1000), "DAY"},
	"sms-partner": {"sms.messages", big.NewRat(45, 10), "MONTH"},
}

var metered = []string{"push-payg", "rtc-payg", "sms-partner"}

// period returns the period of a time and when it closes. It computes them in
// the zone of the standard agreement, which has no daylight saving time.
func period(unit string, at time.Time) (from string, closes time.Time) {
	l := at.In(time.FixedZone("", 8*60*60))
	var start, end time.Time
	switch unit {
	case "HOUR":
		start = time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), 0, 0, 0, l.Location())
		end = start.Add(time.Hour)
	case "DAY":
		start = time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, l.Location())
		end = start.AddDate(0, 0, 1)
	case "MONTH":
		start = time.Date(l.Year(), l.Month(), 1, 0, 0, 0, 0, l.Location())
		end = start.AddDate(0, 1, 0)
	}
	return start.Format(time.RFC3339), end.Add(10 * time.Minute)
}

// fen rounds half to even.
func fen(r *big.Rat) int64 {
	q, m := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	up := new(big.Rat).SetFrac(new(big.Int).Mul(m, big.NewInt(2)), r.Denom()).Cmp(big.NewRat(1, 1))
	if up > 0 || up == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	return q.Int64()
}

func yuan(minor int64) string { return money.New(minor, money.CNY).String() }

// settle pays what is owed from cash.
func (p *model) settle(now time.Time) {
	pays := min(p.cash, p.owed)
	p.cash, p.owed, p.invoiceable = p.cash-pays, p.owed-pays, p.invoiceable+pays
	p.await(now)
}

// await pauses the count of days while waiting money would cover what is owed,
// and resumes it when it no longer does (3.5).
func (p *model) await(now time.Time) {
	day := func(at time.Time) time.Time {
		l := at.In(time.FixedZone("", 8*60*60))
		return time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, time.UTC)
	}
	switch covered := p.suspense >= p.owed; {
	case p.owed == 0:
		p.began, p.held, p.waited, p.stopped = time.Time{}, time.Time{}, 0, false
	case covered && p.held.IsZero() && now.Before(p.stops()):
		p.held = now
	case !covered:
		if !p.held.IsZero() {
			p.waited += int(day(now).Sub(day(p.held)).Hours() / 24)
		}
		p.held, p.stopped = time.Time{}, true
	}
}

// charge books a bill: bonus first, then cash; the rest is owed.
func (p *model) charge(total int64, at time.Time) {
	bonus := min(p.bonus, total)
	cash := min(p.cash, total-bonus)
	p.bonus, p.cash, p.invoiceable = p.bonus-bonus, p.cash-cash, p.invoiceable+cash
	if rest := total - bonus - cash; rest > 0 {
		if p.owed == 0 {
			p.began = at
		}
		p.owed += rest
		p.await(at)
	}
}

// stops returns the eighth day after the start of arrears, moved by the days
// for which money waited.
func (p *model) stops() time.Time {
	l := p.began.In(time.FixedZone("", 8*60*60))
	return time.Date(l.Year(), l.Month(), l.Day()+8+p.waited, 0, 0, 0, 0, l.Location())
}

// overdue reports whether that day has come.
func (p *model) overdue(now time.Time) bool {
	return !p.began.IsZero() && p.held.IsZero() && !now.Before(p.stops())
}

// pass bills the periods that close until a time, period by period, with all
// lines of a period together.
func (p *model) pass(to time.Time) {
	type closing struct {
		at         time.Time
		plan, from string
	}
	totals := map[closing]int64{}
	var order []closing
	for b, quantity := range p.used {
		if b.closes.After(to) {
			continue
		}
		c := closing{b.closes.UTC(), b.plan, b.from}
		if _, known := totals[c]; !known {
			order = append(order, c)
		}
		totals[c] += fen(new(big.Rat).Mul(quantity, meters[b.plan].price))
		delete(p.used, b)
	}
	slices.SortFunc(order, func(x, y closing) int { return x.at.Compare(y.at) })
	for _, c := range order {
		p.charge(totals[c], c.at)
	}
}

func (h *history) now() time.Time { return h.Portal.Store.Now() }

// twice sends a mutation with a key, and sometimes a second time: the answer is
// the same.
func (h *history) twice(a *portaltest.Actor, query string, in input) map[string]any {
	h.T.Helper()
	h.step++
	vars := input{"i": in, "k": fmt.Sprint("history-", h.step)}
	payload := func() map[string]any {
		for _, v := range h.Must(a, query, vars) {
			return v.(map[string]any)
		}
		return nil
	}
	first := payload()
	if h.r.IntN(3) == 0 {
		if again := payload(); fmt.Sprint(again) != fmt.Sprint(first) {
			h.T.Fatalf("step %d: sent again the answer is %v, not %v", h.step, again, first)
		}
	}
	return first
}

// code returns the code of a payload's refusal; "" if there is none.
func code(payload map[string]any) string {
	if list := payload["userErrors"].([]any); len(list) > 0 {
		return portaltest.String(list[0], "code")
	}
	return ""
}

func (h *history) expect(what, got, want string) {
	h.T.Helper()
	if got != want {
		h.T.Fatalf("step %d, %s: %s instead of %s", h.step, what, got, want)
	}
}

func (h *history) topUp(c *customer) {
	amount, payer := int64(100+h.r.IntN(150_000)), c.Name+" Ltd"
	stranger := h.r.IntN(8) == 0
	if stranger {
		payer = "A Stranger"
	}
	id := portaltest.String(h.twice(c.Actor, histStart, input{"accountId": c.AccountID, "channel": "SANDBOX",
		"amount": input{"amount": yuan(amount), "currency": "CNY"}}), "topUp", "id")
	p := h.Done(c.Actor, histPay, input{"i": input{"topUpId": id, "payerName": payer}})
	if stranger {
		h.expect("a stranger's payment", portaltest.String(p, "topUp", "status"), "SUSPENSE")
		c.suspense += amount
		c.await(h.now())
		c.waiting = append(c.waiting, fmt.Sprint(id, " ", amount))
		return
	}
	c.cash += amount
	c.settle(h.now())
}

func (h *history) decide(c *customer) {
	if len(c.waiting) == 0 {
		return
	}
	var id string
	var amount int64
	if _, err := fmt.Sscan(c.waiting[0], &id, &amount); err != nil {
		h.T.Fatal(err)
	}
	c.waiting = c.waiting[1:]
	decision := []string{"CREDIT", "RETURN"}[h.r.IntN(2)]
	paid, err := h.Portal.Store.Read().Payment.Query().Where(payment.TopUpID(id)).OnlyID(h.System())
	if err != nil {
		h.T.Fatal(err)
	}
	h.Done(h.finance, histDecide, input{"i": input{"paymentId": paid, "decision": decision, "reason": "by the books"}})
	c.suspense -= amount
	if decision == "CREDIT" {
		c.cash += amount
	}
	c.settle(h.now())
}

func (h *history) grant(c *customer) {
	amount := int64(1 + h.r.IntN(5_000))
	_, err := command.Do(h.System(), h.Portal.Store, command.Command{Name: "grant"}, func(tx *command.Tx) (bool, error) {
		tx.AuditObject(c.AccountID, "")
		return true, ledger.Grant(tx.Tx, c.AccountID, ent.NewID("prom"), money.New(amount, money.CNY))
	})
	if err != nil {
		h.T.Fatal(err)
	}
	c.bonus += amount
}

func (h *history) subscribe(c *customer) {
	in := input{"accountId": c.AccountID, "planId": h.PlanID("im-flagship"), "applicationId": c.app,
		"term": input{"unit": "MONTH", "count": 1}, "expectedTotal": input{"amount": "1500.00", "currency": "CNY"}}
	got, want := code(h.twice(c.Actor, histOrder, in)), ""
	switch {
	case c.overdue(h.now()):
		want = "ARREARS_OVERDUE"
	case c.cash+c.bonus < 150_000:
		want = "INSUFFICIENT_BALANCE"
	}
	h.expect("a subscription", got, want)
	if want == "" {
		bonus := min(c.bonus, 150_000)
		c.bonus, c.cash, c.invoiceable = c.bonus-bonus, c.cash-(150_000-bonus), c.invoiceable+150_000-bonus
	}
}

func (h *history) open(c *customer, plan string) {
	in := input{"accountId": c.AccountID, "planId": h.PlanID(plan), "applicationId": c.app, "expectedTotal": input{"amount": "0.00", "currency": "CNY"}}
	p := h.twice(c.Actor, histOrder, in)
	want := ""
	switch {
	case c.stopped && plan != "push-payg": // billed daily, it runs for seven more days
		want = "ARREARS"
	case c.overdue(h.now()):
		want = "ARREARS_OVERDUE"
	case c.cash+c.bonus < 10_000:
		want = "INSUFFICIENT_BALANCE"
	case c.metered[plan] != "":
		want = "SERVICE_ALREADY_RUNNING"
	}
	h.expect("opening "+plan, code(p), want)
	if want == "" {
		c.metered[plan], c.opened[plan] = portaltest.String(p, "order", "service", "id"), h.now()
	}
}

func (h *history) close(c *customer, plan string) {
	if c.metered[plan] == "" {
		return
	}
	h.Done(c.Actor, histClose, input{"i": input{"serviceId": c.metered[plan]}})
	delete(c.metered, plan)
}

// disputable reports whether the bill of a closed period can be disputed: until
// the end of the month after the month in which it was sent.
func disputable(closes, now time.Time) bool {
	l := closes.In(time.FixedZone("", 8*60*60))
	return now.Before(time.Date(l.Year(), l.Month()+2, 1, 0, 0, 0, 0, l.Location()))
}

// use reports usage at times up to weeks ago, sometimes twice, and sometimes
// with another quantity under the same ID, which isn't counted.
func (h *history) use(c *customer, plan string) {
	micros := h.r.Int64N(3_000_000_000)
	now := h.now()
	at := now
	if h.r.IntN(3) == 0 && c.metered[plan] != "" {
		at = at.Add(-time.Duration(h.r.Int64N(int64(min(now.Sub(c.opened[plan]), 100*24*time.Hour)) + 1))).Truncate(time.Microsecond)
	}
	h.step++
	event := input{"source": "history", "eventId": fmt.Sprint(c.AccountID, h.step), "applicationId": c.app, "metric": meters[plan].metric,
		"quantity": money.Micros(micros).String(), "at": at.UTC().Format(time.RFC3339Nano)}
	send := func(e input) string {
		p := h.Done(h.plane, histUse, input{"i": input{"events": []any{e}}})
		s := fmt.Sprint(p["accepted"], "+", p["duplicates"])
		for _, r := range p["rejected"].([]any) {
			s += " " + portaltest.String(r, "code")
		}
		return s
	}
	got := send(event)
	if c.metered[plan] == "" {
		h.expect("use without a service", got, "0+0 USAGE_NO_SERVICE")
		return
	}
	from, closes := period(meters[plan].unit, at)
	b := bucket{plan: plan, service: c.metered[plan], from: from, closes: closes}
	if !now.Before(closes) {
		if !disputable(closes, now) {
			h.expect("a use of long ago", got, "0+0 USAGE_PERIOD_CLOSED")
			return
		}
		b.of = from
		b.from, b.closes = period(meters[plan].unit, now)
		h.late++
	}
	h.expect("a use", got, "1+0")
	if c.used[b] == nil {
		c.used[b] = new(big.Rat)
	}
	c.used[b].Add(c.used[b], big.NewRat(micros, 1_000_000))
	switch h.r.IntN(4) {
	case 0:
		h.expect("a use told twice", send(event), "0+1")
	case 1:
		other := input{}
		for k, v := range event {
			other[k] = v
		}
		other["quantity"] = money.Micros(micros + 1).String()
		h.expect("a use told otherwise", send(other), "0+0 USAGE_CONFLICT")
	}
}

func (h *history) invoice(c *customer) {
	amount := int64(1 + h.r.IntN(300_000))
	p := h.twice(c.Actor, histAsk, input{"accountId": c.AccountID, "kind": "GENERAL_VAT", "medium": "ELECTRONIC", "title": c.Name + " Ltd",
		"taxNumber": c.TaxNumber, "amount": input{"amount": yuan(amount), "currency": "CNY"}, "deliveryEmail": "bills@example.com"})
	if amount > c.invoiceable {
		h.expect("an invoice over too much", code(p), "NOT_INVOICEABLE")
		return
	}
	h.expect("an invoice", code(p), "")
	c.invoiceable -= amount
}

func (h *history) pass() {
	to := h.now().Add(time.Duration(1+h.r.IntN(36*60)) * time.Minute)
	h.AdvanceTo(to)
	for _, c := range h.customers {
		c.pass(h.now())
	}
}

// compare compares every account with its model.
func (h *history) compare() {
	h.T.Helper()
	for _, c := range h.customers {
		a := h.Must(c.Actor, histLook, input{"a": c.AccountID})["account"]
		got := ""
		for _, of := range []string{"cash", "bonus", "suspense", "arrears"} {
			got += of + " " + portaltest.String(a, "balance", of, "amount") + " "
		}
		got += "invoiceable " + portaltest.String(a, "invoiceable", "amount")
		want := fmt.Sprintf("cash %s bonus %s suspense %s arrears %s invoiceable %s", yuan(c.cash), yuan(c.bonus), yuan(c.suspense), yuan(c.owed), yuan(c.invoiceable))
		h.expect(c.Name, got, want)
	}
}

func (h *history) act() {
	c := h.customers[h.r.IntN(len(h.customers))]
	plan := metered[h.r.IntN(len(metered))]
	switch n := h.r.IntN(100); {
	case n < 12:
		h.topUp(c)
	case n < 16:
		h.decide(c)
	case n < 19:
		h.grant(c)
	case n < 24:
		h.subscribe(c)
	case n < 32:
		h.open(c, plan)
	case n < 34:
		h.close(c, plan)
	case n < 40:
		h.invoice(c)
	case n < 80:
		h.use(c, plan)
	default:
		h.pass()
	}
}

// play executes the given number of operations of four customers.
func play(w *portaltest.World, r *rand.Rand, operations int) *history {
	w.T.Helper()
	h := &history{World: w, r: r, plane: w.DataPlane(), finance: w.Operator("operator-finance")}
	for i := range 4 {
		a := w.Verified(fmt.Sprint("History", i))
		h.customers = append(h.customers, &customer{Actor: a, app: w.Application(a, "MAINLAND"),
			model: model{metered: map[string]string{}, opened: map[string]time.Time{}, used: map[bucket]*big.Rat{}}})
	}
	for i := range operations {
		h.act()
		if i%50 == 0 {
			h.compare()
		}
	}
	return h
}

// operations is the length of a history.
const operations = 1000

func TestRandomHistoriesEqualTheModel(t *testing.T) {
	seed := rand.Uint64()
	if text := os.Getenv("PORTICO_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Logf("PORTICO_SEED=%d plays this history again", seed)
		h := play(w, rand.New(rand.NewPCG(seed, 0)), operations)
		h.AdvanceTo(h.now().AddDate(0, 1, 0))
		for _, c := range h.customers {
			c.pass(h.now())
		}
		h.compare()
		if h.late == 0 {
			t.Error("no usage came late")
		}
		w.Clean()
	})
}
