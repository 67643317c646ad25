// Command cluster tries replicas of a sandbox that share a cluster of database
// nodes: customers, each by several hands at once, top up, pay and order, send
// each command through two replicas at the same time under one key, and look at
// another replica whether what was answered is there. What isn't answered is sent
// again under its key. Meanwhile somebody stops and starts nodes. At the end each
// command is sent once more, and what is there is compared with what was answered.
// It exits non-zero where a read was behind, an answer under a key was another than
// the first one, something is missing, or was done twice.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"portico/examples/sandbox"
)

type object = sandbox.Object

const (
	payQuery   = `mutation($input: CompleteSandboxPaymentInput!, $key: String!) { completeSandboxPayment(input: $input) @idempotent(key: $key) { topUp { id status } userErrors { code } } }`
	startQuery = `mutation($input: StartTopUpInput!, $key: String!) { startTopUp(input: $input) @idempotent(key: $key) { topUp { id } userErrors { code } } }`
	orderQuery = `mutation($input: PlaceOrderInput!, $key: String!) { placeOrder(input: $input) @idempotent(key: $key) { order { id } userErrors { code } } }`
	lookQuery  = `query($id: ID!) { account(id: $id) { balance { cash { amount } } topUps(first: 1) { totalCount } orders(first: 1) { totalCount } } }`
)

// trial is one run.
type trial struct {
	replicas                           []*sandbox.Play
	plan                               string
	requests, unanswered, reads, stale atomic.Int64
	repeated, changed                  atomic.Int64 // commands that were sent again under their key, and those answered otherwise
	longest                            atomic.Int64 // that one request was sent again, in milliseconds
}

// customer is one, with what was answered to it.
type customer struct {
	*sandbox.Registered
	application    string
	topUps, orders atomic.Int64
	mu             sync.Mutex
	sent           []command
}

// command is one that was answered, under its key.
type command struct {
	query     string
	variables object
	answer    string
}

func main() {
	urls := flag.String("urls", "http://127.0.0.1:8080,http://127.0.0.1:8081", "the addresses of the replicas")
	logins := flag.String("logins", "data/logins.json", "the sandbox's demonstration logins")
	count := flag.Int("customers", 6, "how many customers there are")
	hands := flag.Int("hands", 2, "how many work at once for each customer")
	length := flag.Duration("for", time.Minute, "how long they work")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // ends the work, not what is under way
	defer stop()
	if err := run(ctx, strings.Split(*urls, ","), *logins, *count, *hands, *length); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, urls []string, logins string, count, hands int, length time.Duration) error {
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
	all := make([]error, count*hands)
	var group sync.WaitGroup
	for i := range all {
		group.Go(func() {
			for n := 0; ctx.Err() == nil && all[i] == nil; n++ {
				all[i] = t.work(context.WithoutCancel(ctx), customers[i%count], i/count, n)
			}
		})
	}
	group.Wait()
	lost, doubled, err := t.compare(context.WithoutCancel(ctx), customers)
	fmt.Printf("%d requests in %v, %d of them not answered or answered as failed and sent again (the longest for %v); %d reads on another replica, %d behind; %d commands sent again under their key, %d answered otherwise; %d lost, %d done twice\n",
		t.requests.Load(), time.Since(began).Round(time.Second), t.unanswered.Load(), time.Duration(t.longest.Load())*time.Millisecond, t.reads.Load(), t.stale.Load(),
		t.repeated.Load(), t.changed.Load(), lost, doubled)
	if err = errors.Join(append(all, err)...); err == nil && t.stale.Load()+t.changed.Load()+lost+doubled > 0 {
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

// do sends a command through two replicas at the same time under one key, and
// returns what was answered: the id of the object, or the code of the refusal.
func (t *trial) do(ctx context.Context, c *customer, n int, query, object string, variables map[string]any) (string, error) {
	var answers [2]string
	var all [2]error
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() { answers[i], all[i] = t.ask(ctx, c, n+i, query, object, variables) })
	}
	group.Wait()
	if err := errors.Join(all[:]...); err != nil {
		return "", err
	}
	t.repeated.Add(1)
	if answers[0] != answers[1] {
		t.changed.Add(1)
		return "", fmt.Errorf("one key, two answers: %q for %v", answers, variables)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, command{query, variables, answers[0]})
	return answers[0], nil
}

func (t *trial) ask(ctx context.Context, c *customer, n int, query, object string, variables map[string]any) (string, error) {
	p, err := t.until(n, func(p *sandbox.Play) (map[string]any, error) { return p.Post(ctx, c.Token, query, variables) })
	if err != nil {
		return "", err
	}
	return sandbox.Text(p, object+".id") + sandbox.Text(p, "userErrors.0.code"), nil
}

// work is a top-up and an order, and a look at them by another replica at once.
func (t *trial) work(ctx context.Context, c *customer, hand, n int) error {
	key := fmt.Sprint(c.Account, "-", hand, "-", n)
	id, err := t.do(ctx, c, n, startQuery, "topUp", object{"input": object{"accountId": c.Account, "amount": sandbox.Money("2000.00"), "channel": "SANDBOX"}, "key": key})
	if err != nil {
		return err
	}
	paid, err := t.do(ctx, c, n+1, payQuery, "topUp", object{"input": object{"topUpId": id, "payerName": c.Company}, "key": key})
	if err != nil {
		return err
	}
	if paid != id {
		t.stale.Add(1)
		return fmt.Errorf("startTopUp: %s, completeSandboxPayment: %s", id, paid)
	}
	c.topUps.Add(1)
	order, err := t.do(ctx, c, n, orderQuery, "order", object{"input": object{"accountId": c.Account, "planId": t.plan, "applicationId": c.application,
		"term": object{"unit": "MONTH", "count": 1}, "expectedTotal": sandbox.Money("1500.00")}, "key": key})
	switch {
	case err != nil:
		return err
	case strings.HasPrefix(order, "ordr_"):
		c.orders.Add(1)
	case order != "PAID_TOO_FAR_AHEAD":
		t.stale.Add(1)
		return fmt.Errorf("placeOrder: %s", order)
	}
	return t.look(ctx, c, n+1)
}

// look reads an account where nothing was written a moment ago.
func (t *trial) look(ctx context.Context, c *customer, n int) error {
	topUps, orders := int(c.topUps.Load()), int(c.orders.Load())
	a, err := t.until(n, func(p *sandbox.Play) (object, error) { return p.Post(ctx, c.Token, lookQuery, object{"id": c.Account}) })
	if err != nil {
		return err
	}
	t.reads.Add(1)
	if number(a, "topUps.totalCount") < topUps || number(a, "orders.totalCount") < orders {
		t.stale.Add(1)
	}
	return nil
}

func number(v any, path string) int {
	f, _ := sandbox.At(v, path).(float64)
	return int(f)
}

// compare sends each command once more, and counts what was answered and isn't
// there, and what is there twice.
func (t *trial) compare(ctx context.Context, customers []*customer) (lost, doubled int64, err error) {
	for _, c := range customers {
		for i, was := range c.sent {
			name := "topUp"
			if was.query == orderQuery {
				name = "order"
			}
			answer, err := t.ask(ctx, c, i, was.query, name, was.variables)
			if err != nil {
				return lost, doubled, err
			}
			if t.repeated.Add(1); answer != was.answer {
				t.changed.Add(1)
				fmt.Printf("was %s, is %s: %v\n", was.answer, answer, was.variables)
			}
		}
		a, err := t.until(0, func(p *sandbox.Play) (object, error) { return p.Post(ctx, c.Token, lookQuery, object{"id": c.Account}) })
		if err != nil {
			return lost, doubled, err
		}
		topUps, orders := c.topUps.Load(), c.orders.Load()
		for _, d := range []int64{int64(number(a, "topUps.totalCount")) - topUps, int64(number(a, "orders.totalCount")) - orders} {
			lost, doubled = lost+max(0, -d), doubled+max(0, d)
		}
		if want := fmt.Sprintf("%d.00", 2000*topUps-1500*orders); sandbox.Text(a, "balance.cash.amount") != want {
			err = fmt.Errorf("cash of %s: %s, want %s", c.Account, sandbox.Text(a, "balance.cash.amount"), want)
			return lost, doubled, err
		}
	}
	return lost, doubled, nil
}
