// Command cluster tries replicas of a sandbox that share a cluster of database
// nodes: customers top up, order and report usage through one replica after the
// other, and look at each other replica whether what was answered is there. What
// isn't answered is sent again under its key. Meanwhile somebody stops and starts
// nodes. At the end it compares what is there with what was answered, and exits
// non-zero where a read was behind, something is missing, or was done twice.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"portico/examples/sandbox"
)

type object = sandbox.Object

const (
	payQuery  = `mutation($input: CompleteSandboxPaymentInput!, $key: String!) { completeSandboxPayment(input: $input) @idempotent(key: $key) { topUp { id status } userErrors { code } } }`
	lookQuery = `query($id: ID!) { account(id: $id) { balance { cash { amount } } topUps(first: 1) { totalCount } orders(first: 1) { totalCount } } }`
)

// trial is one run.
type trial struct {
	replicas                           []*sandbox.Play
	plan                               string
	requests, unanswered, reads, stale atomic.Int64
	longest                            atomic.Int64 // that one request was sent again, in milliseconds
}

// customer is one, with what was answered to it.
type customer struct {
	*sandbox.Registered
	application    string
	topUps, orders int
}

func main() {
	urls := flag.String("urls", "http://127.0.0.1:8080,http://127.0.0.1:8081", "the addresses of the replicas")
	logins := flag.String("logins", "data/logins.json", "the sandbox's demonstration logins")
	count := flag.Int("customers", 6, "how many customers there are")
	length := flag.Duration("for", time.Minute, "how long they work")
	flag.Parse()
	if err := run(context.Background(), strings.Split(*urls, ","), *logins, *count, *length); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, urls []string, logins string, count int, length time.Duration) error {
	t := &trial{}
	for _, url := range urls {
		p, err := sandbox.Open(url, logins, io.Discard)
		if err != nil {
			return err
		}
		p.HTTP = &http.Client{Timeout: time.Minute}
		t.replicas = append(t.replicas, p)
	}
	customers := make([]*customer, count)
	if err := t.replicas[0].SignInOperator(ctx); err != nil {
		return err
	}
	for i := range customers {
		c, err := t.join(ctx)
		if err != nil {
			return err
		}
		customers[i] = c
	}
	fmt.Println("they work now: stop and start nodes")
	ctx, stop := context.WithTimeout(ctx, length)
	defer stop()
	began := time.Now()
	all := make([]error, count)
	var group sync.WaitGroup
	for i, c := range customers {
		group.Go(func() {
			for n := 0; ctx.Err() == nil && all[i] == nil; n++ {
				all[i] = t.work(context.WithoutCancel(ctx), c, n)
			}
		})
	}
	group.Wait()
	lost, doubled, err := t.compare(context.WithoutCancel(ctx), customers)
	fmt.Printf("%d requests in %v, %d of them not answered or answered as failed and sent again (the longest for %v); %d reads on another replica, %d behind; %d lost, %d done twice\n",
		t.requests.Load(), time.Since(began).Round(time.Second), t.unanswered.Load(), time.Duration(t.longest.Load())*time.Millisecond, t.reads.Load(), t.stale.Load(), lost, doubled)
	if err = errors.Join(append(all, err)...); err == nil && (t.stale.Load() > 0 || lost > 0 || doubled > 0) {
		err = errors.New("the cluster isn't sound")
	}
	return err
}

// join registers a customer and has it approved.
func (t *trial) join(ctx context.Context) (*customer, error) {
	p := t.replicas[0]
	who, err := p.Register(ctx, "林一", "柏林示例科技"+sandbox.Unique(6)+"有限公司")
	if err != nil {
		return nil, err
	}
	v, err := p.Done(ctx, who.Token, "SubmitVerification", sandbox.In(object{"accountId": who.Account, "kind": "MAINLAND_COMPANY",
		"legalName": who.Company, "country": "CN", "registrationNumber": sandbox.CreditCode()}))
	if err != nil {
		return nil, err
	}
	if _, err := p.Done(ctx, p.Operator, "ReviewVerification", sandbox.In(object{"verificationId": sandbox.Text(v, "verification.id"), "decision": "APPROVE"})); err != nil {
		return nil, err
	}
	a, err := p.Done(ctx, who.Token, "CreateApplication", sandbox.In(object{"accountId": who.Account, "name": "Chat", "kind": "SOCIAL", "region": "MAINLAND"}))
	if err != nil {
		return nil, err
	}
	d, err := p.Send(ctx, "", "PriceList", nil)
	if err != nil {
		return nil, err
	}
	for i := range 10 {
		plans, _ := sandbox.At(d, fmt.Sprintf("products.nodes.%d.plans", i)).([]any)
		for _, plan := range plans {
			if sandbox.Text(plan, "code") == "im-flagship" {
				t.plan = sandbox.Text(plan, "id")
			}
		}
	}
	return &customer{Registered: who, application: sandbox.Text(a, "application.id")}, nil
}

// until sends something until it is answered, through one replica after the
// other, and returns the payload of the mutation.
func (t *trial) until(n int, send func(p *sandbox.Play) (object, error)) (object, error) {
	began := time.Now()
	for tries := 0; ; tries++ {
		t.requests.Add(1)
		d, err := send(t.replicas[(n+tries)%len(t.replicas)])
		if err == nil {
			for _, v := range d {
				if p, ok := v.(object); ok {
					return p, nil
				}
			}
			err = errors.New("no payload")
		}
		t.unanswered.Add(1)
		t.longest.Store(max(t.longest.Load(), time.Since(began).Milliseconds()))
		if time.Since(began) > 2*time.Minute {
			return nil, err
		}
		<-time.After(50 * time.Millisecond)
	}
}

// work is a top-up and an order, each looked at by the other replicas at once.
func (t *trial) work(ctx context.Context, c *customer, n int) error {
	key := fmt.Sprint(c.Account, "-", n)
	p, err := t.until(n, func(p *sandbox.Play) (object, error) {
		return p.Send(ctx, c.Token, "StartTopUp", object{"input": object{"accountId": c.Account, "amount": sandbox.Money("2000.00"), "channel": "SANDBOX"}, "key": key})
	})
	if err != nil {
		return err
	}
	id := sandbox.Text(p, "topUp.id")
	if id == "" {
		return fmt.Errorf("startTopUp: %v", p)
	}
	p, err = t.until(n+1, func(p *sandbox.Play) (object, error) { // the other replica finds it
		return p.Post(ctx, c.Token, payQuery, object{"input": object{"topUpId": id, "payerName": c.Company}, "key": key})
	})
	if err != nil {
		return err
	}
	if sandbox.Text(p, "topUp.status") != "CREDITED" {
		t.stale.Add(1)
		return fmt.Errorf("completeSandboxPayment: %v", p)
	}
	c.topUps++
	p, err = t.until(n, func(p *sandbox.Play) (object, error) {
		return p.Send(ctx, c.Token, "PlaceOrder", object{"input": object{"accountId": c.Account, "planId": t.plan, "applicationId": c.application,
			"term": object{"unit": "MONTH", "count": 1}, "expectedTotal": sandbox.Money("1500.00")}, "key": key})
	})
	if err != nil {
		return err
	}
	switch code := sandbox.Text(p, "userErrors.0.code"); {
	case sandbox.Text(p, "order.id") != "":
		c.orders++
	case code == "PAID_TOO_FAR_AHEAD":
	default:
		t.stale.Add(1)
		return fmt.Errorf("placeOrder: %v", p)
	}
	return t.look(ctx, c, n+1)
}

// look reads an account where nothing was written a moment ago.
func (t *trial) look(ctx context.Context, c *customer, n int) error {
	a, err := t.until(n, func(p *sandbox.Play) (object, error) { return p.Post(ctx, c.Token, lookQuery, object{"id": c.Account}) })
	if err != nil {
		return err
	}
	t.reads.Add(1)
	if number(a, "topUps.totalCount") < c.topUps || number(a, "orders.totalCount") < c.orders {
		t.stale.Add(1)
	}
	return nil
}

func number(v any, path string) int {
	f, _ := sandbox.At(v, path).(float64)
	return int(f)
}

// compare counts what was answered and isn't there, and what is there twice.
func (t *trial) compare(ctx context.Context, customers []*customer) (lost, doubled int, err error) {
	for _, c := range customers {
		a, err := t.until(0, func(p *sandbox.Play) (object, error) { return p.Post(ctx, c.Token, lookQuery, object{"id": c.Account}) })
		if err != nil {
			return lost, doubled, err
		}
		for _, d := range []int{number(a, "topUps.totalCount") - c.topUps, number(a, "orders.totalCount") - c.orders} {
			lost, doubled = lost+max(0, -d), doubled+max(0, d)
		}
		if want := fmt.Sprintf("%d.00", 2000*c.topUps-1500*c.orders); sandbox.Text(a, "balance.cash.amount") != want {
			err = fmt.Errorf("cash of %s: %s, want %s", c.Account, sandbox.Text(a, "balance.cash.amount"), want)
			return lost, doubled, err
		}
	}
	return lost, doubled, nil
}
