// Package kills_test kills a portico at random while customers order, top up
// and are billed. It shows that nothing acknowledged is missing and nothing
// happened twice.
package kills_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico/examples/process"
	"portico/examples/sandbox"
	"portico/portaltest/engine"
)

type object = sandbox.Object

// killsPerEngine is how often the server is killed on each engine.
const killsPerEngine = 50

const (
	payQuery  = `mutation($input: CompleteSandboxPaymentInput!, $key: String!) { completeSandboxPayment(input: $input) @idempotent(key: $key) { topUp { id status } userErrors { code } } }`
	lookQuery = `query($id: ID!, $after: String) { account(id: $id) { balance { cash { amount } arrears { amount } }
		topUps(first: 100) { totalCount } orders(first: 1) { totalCount }
		bills(first: 100, after: $after) { nodes { id period { from } total { amount } lines { quantity } } pageInfo { hasNextPage endCursor } } } }`
)

// run is one server that is killed at random.
type run struct {
	t      *testing.T
	play   *sandbox.Play
	plans  map[string]string
	over   chan struct{}
	now    atomic.Pointer[time.Time] // a time that the clock has reached
	buyers []*buyer
}

// buyer is a customer with what was acknowledged to it.
type buyer struct {
	*sandbox.Registered
	application             string
	topUps, orders, minutes int
	paid                    int // in yuan
}

// until repeats a request unchanged until the server has answered it.
func (r *run) until(what string, send func() error) {
	for tries := 0; ; tries++ {
		err := send()
		var refused refusal
		if err == nil {
			return
		}
		if errors.As(err, &refused) || tries > 2000 {
			r.t.Errorf("%s: %v", what, err)
			return
		}
		<-time.After(20 * time.Millisecond)
	}
}

// refusal is an answer that the server must not give.
type refusal string

func (r refusal) Error() string { return string(r) }

// payload returns the payload of a mutation. An answer that may be repaired by
// a retry is an error.
func payload(d object, err error) (object, error) {
	if err != nil {
		return nil, err
	}
	for _, v := range d {
		p, _ := v.(object)
		return p, nil
	}
	return nil, errors.New("no payload")
}

func (r *run) topUp(ctx context.Context, b *buyer) {
	key := fmt.Sprint("kill-", b.Account, "-", b.topUps)
	var id string
	r.until("startTopUp", func() error {
		p, err := payload(r.play.Send(ctx, b.Token, "StartTopUp", object{"input": object{"accountId": b.Account, "amount": sandbox.Money("500.00"), "channel": "SANDBOX"}, "key": key}))
		id = sandbox.Text(p, "topUp.id")
		if err == nil && id == "" {
			return refusal(fmt.Sprint(p))
		}
		return err
	})
	r.until("completeSandboxPayment", func() error {
		p, err := payload(r.play.Post(ctx, b.Token, payQuery, object{"input": object{"topUpId": id, "payerName": b.Company}, "key": key}))
		if err == nil && sandbox.Text(p, "topUp.status") != "CREDITED" {
			return refusal(fmt.Sprint(p))
		}
		return err
	})
	b.topUps++
	b.paid += 500
}

func (r *run) order(ctx context.Context, b *buyer) {
	key := fmt.Sprint("kill-order-", b.Account, "-", b.orders, "-", b.topUps)
	r.until("placeOrder", func() error {
		p, err := payload(r.play.Send(ctx, b.Token, "PlaceOrder", object{"input": object{"accountId": b.Account, "planId": r.plans["im-flagship"],
			"applicationId": b.application, "term": object{"unit": "MONTH", "count": 1}, "expectedTotal": sandbox.Money("1500.00")}, "key": key}))
		if err != nil {
			return err
		}
		switch code := sandbox.Text(p, "userErrors.0.code"); {
		case sandbox.Text(p, "order.id") != "":
			b.orders++
		case code != "INSUFFICIENT_BALANCE" && code != "ARREARS_OVERDUE":
			return refusal(fmt.Sprint(p))
		}
		return nil
	})
}

func (r *run) use(ctx context.Context, b *buyer, n int) {
	event := object{"source": "kill", "eventId": fmt.Sprint(b.application, "-", n), "applicationId": b.application, "metric": "rtc.minutes", "quantity": "100"}
	r.until("reportUsage", func() error {
		event["at"] = r.now.Load().UTC().Format(time.RFC3339)
		p, err := payload(r.play.Send(ctx, r.play.Logins.DataPlaneKey, "ReportUsage", sandbox.In(object{"events": []any{event}})))
		if err != nil {
			return err
		}
		if fmt.Sprint(sandbox.At(p, "accepted")) == "1" || fmt.Sprint(sandbox.At(p, "duplicates")) == "1" || sandbox.Text(p, "rejected.0.code") == "USAGE_CONFLICT" {
			b.minutes += 100 // a conflict means it was counted with the time of the first request
			return nil
		}
		if sandbox.Text(p, "rejected.0.code") == "USAGE_PERIOD_CLOSED" { // the clock has moved meanwhile
			return errors.New("send it with the new time")
		}
		return refusal(fmt.Sprint(p))
	})
}

// pass advances the clock by half an hour, which creates bills.
func (r *run) pass(ctx context.Context, by time.Duration) {
	to := r.now.Load().Add(by)
	r.until("advanceClock", func() error {
		d, err := r.play.Send(ctx, r.play.Operator, "AdvanceClock", sandbox.In(object{"to": to.UTC().Format(time.RFC3339)}))
		p, err := payload(d, err)
		if err == nil && sandbox.Text(p, "userErrors.0.code") == "CLOCK_HELD" {
			return errors.New("the process that was killed has its lease yet")
		}
		if err == nil && sandbox.Text(p, "now") == "" && sandbox.Text(p, "userErrors.0.code") != "CLOCK_BACKWARDS" {
			return refusal(fmt.Sprint(p))
		}
		return err
	})
	r.now.Store(&to)
}

func (r *run) prepare(ctx context.Context) error {
	if err := r.play.SignInOperator(ctx); err != nil {
		return err
	}
	d, err := r.play.Send(ctx, "", "PriceList", nil)
	if err != nil {
		return err
	}
	r.plans = map[string]string{}
	for i := range 10 {
		plans, _ := sandbox.At(d, fmt.Sprintf("products.nodes.%d.plans", i)).([]any)
		for _, plan := range plans {
			r.plans[sandbox.Text(plan, "code")] = sandbox.Text(plan, "id")
		}
	}
	for range 8 {
		b, err := r.join(ctx)
		if err != nil {
			return err
		}
		r.buyers = append(r.buyers, b)
	}
	return nil
}

func (r *run) join(ctx context.Context) (*buyer, error) {
	p := r.play
	who, err := p.Register(ctx, "林一", "柏林示例科技"+sandbox.Unique(6)+"有限公司")
	if err != nil {
		return nil, err
	}
	b := &buyer{Registered: who}
	v, err := p.Done(ctx, b.Token, "SubmitVerification", sandbox.In(object{"accountId": b.Account, "kind": "MAINLAND_COMPANY",
		"legalName": b.Company, "country": "CN", "registrationNumber": sandbox.CreditCode()}))
	if err != nil {
		return nil, err
	}
	if _, err := p.Done(ctx, p.Operator, "ReviewVerification", sandbox.In(object{"verificationId": sandbox.Text(v, "verification.id"), "decision": "APPROVE"})); err != nil {
		return nil, err
	}
	a, err := p.Done(ctx, b.Token, "CreateApplication", sandbox.In(object{"accountId": b.Account, "name": "Chat", "kind": "SOCIAL", "region": "MAINLAND"}))
	if err != nil {
		return nil, err
	}
	b.application = sandbox.Text(a, "application.id")
	r.topUp(ctx, b)
	_, err = p.Done(ctx, b.Token, "PlaceOrder", object{"input": object{"accountId": b.Account, "planId": r.plans["rtc-payg"],
		"applicationId": b.application, "expectedTotal": sandbox.Money("0.00")}, "key": "open-" + b.Account})
	return b, err
}

// work does what customers do, until the kills are over.
func (r *run) work(ctx context.Context, b *buyer) {
	for n := 0; ; n++ {
		select {
		case <-r.over:
			return
		default:
		}
		r.topUp(ctx, b)
		r.use(ctx, b, n)
		r.order(ctx, b)
	}
}

// settle compares an account with what was acknowledged to its customer.
func (r *run) settle(ctx context.Context, b *buyer) error {
	bills, billed, minutes := map[string]bool{}, 0, 0
	var after any
	for {
		d, err := r.play.Post(ctx, b.Token, lookQuery, object{"id": b.Account, "after": after})
		if err != nil {
			return err
		}
		nodes, _ := sandbox.At(d, "account.bills.nodes").([]any)
		for _, n := range nodes {
			if from := sandbox.Text(n, "period.from"); bills[from] {
				return fmt.Errorf("two bills of the hour from %s", from)
			} else {
				bills[from] = true
			}
			billed += fen(sandbox.Text(n, "total.amount"))
			lines, _ := sandbox.At(n, "lines").([]any) // late usage has its own line
			for _, l := range lines {
				var q int
				if _, err := fmt.Sscan(sandbox.Text(l, "quantity"), &q); err != nil {
					return err
				}
				minutes += q
			}
		}
		after = sandbox.At(d, "account.bills.pageInfo.endCursor")
		if sandbox.At(d, "account.bills.pageInfo.hasNextPage") == true {
			continue
		}
		net := fen(sandbox.Text(d, "account.balance.cash.amount")) - fen(sandbox.Text(d, "account.balance.arrears.amount"))
		for _, c := range []struct {
			what      string
			got, want any
		}{
			{"top-ups", sandbox.At(d, "account.topUps.totalCount"), b.topUps}, {"orders", sandbox.At(d, "account.orders.totalCount"), b.orders + 1},
			{"minutes billed", minutes, b.minutes}, {"cash less arrears, in fen", net, 100*(b.paid-1500*b.orders) - billed},
		} {
			if err := sandbox.Same(c.what, c.got, c.want); err != nil {
				return err
			}
		}
		r.play.Say("%d top-ups, %d orders, %d bills of %d minutes", b.topUps, b.orders, len(bills), minutes)
		return nil
	}
}

// fen converts yuan with two decimals to fen.
func fen(amount string) (minor int) {
	_, _ = fmt.Sscan(strings.ReplaceAll(amount, ".", ""), &minor)
	return minor
}

func TestNothingIsLostAndNothingHappensTwice(t *testing.T) {
	t.Parallel()
	for _, e := range []string{"sqlite", "mariadb"} {
		t.Run(fmt.Sprintf("%d kills at random while orders, top-ups and bills run, on %s", killsPerEngine, e), func(t *testing.T) {
			t.Parallel()
			database := ""
			if e == "mariadb" {
				database = engine.EmptyMariaDB(t)
			}
			s := process.Serve(t, database)
			var out strings.Builder
			p, err := sandbox.Open(s.URL(), s.Logins(), &out)
			if err != nil {
				t.Fatal(err)
			}
			p.HTTP = &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
			r := &run{t: t, play: p, over: make(chan struct{})}
			ctx := context.Background()
			if err := r.prepare(ctx); err != nil {
				t.Fatalf("%v\n%s", err, s.Log())
			}
			now := time.Now() // every service is open
			r.now.Store(&now)
			p.Out = io.Discard
			r.fire(ctx, s)
			p.Out = &out
			r.compare(ctx, s)
			t.Log(out.String())
		})
	}
}

// fire kills the server at random while customers work and time passes.
func (r *run) fire(ctx context.Context, s *process.Server) {
	r.t.Helper()
	seed := rand.Uint64()
	r.t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var group sync.WaitGroup
	for _, b := range r.buyers {
		group.Go(func() { r.work(ctx, b) })
	}
	group.Go(func() {
		for {
			select {
			case <-r.over:
				return
			default:
				r.pass(ctx, 30*time.Minute)
			}
		}
	})
	for range killsPerEngine {
		<-time.After(time.Duration(random.IntN(1000)) * time.Millisecond)
		if err := s.Restart(); err != nil {
			r.t.Fatal(err)
		}
	}
	close(r.over)
	group.Wait()
	r.pass(ctx, 2*time.Hour)
}

// compare compares every account with what was acknowledged to its customer,
// and checks ledger and standing.
func (r *run) compare(ctx context.Context, s *process.Server) {
	r.t.Helper()
	// A killed job's lease lasts for a while.
	deadline := time.Now().Add(time.Minute)
	for _, b := range r.buyers {
		err := r.settle(ctx, b)
		for ; err != nil && time.Now().Before(deadline); err = r.settle(ctx, b) {
			<-time.After(200 * time.Millisecond)
		}
		if err != nil {
			r.t.Errorf("%v\n%s", err, s.Log())
		}
	}
	for _, command := range []string{"ledger", "standing"} {
		if err := s.Check(command); err != nil {
			r.t.Error(err)
		}
	}
}
