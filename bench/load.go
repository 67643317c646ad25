package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// workers is the number of workers that send at the same time, each for one
// customer over one keep-alive connection.
const workers = customers

// workload is one kind of request, in the two forms that a side may speak.
type workload struct {
	name string
	// gate is the least throughput that Portico must reach, and aim the
	// throughput that it should reach, as a fraction of the floor's.
	gate, aim float64
	// alike is true if all sides must return the same values for the same
	// request.
	alike bool
	// key is true if the data plane sends the request with its key; the peers
	// have no such request. Every answer must contain holds.
	key     bool
	holds   string
	rest    func(l *load, c *Customer, n int) (*http.Request, error)
	graphql func(l *load, c *Customer, n int) (*http.Request, error)
}

// The operations that the workloads send to a side that speaks GraphQL.
const (
	pointQuery = `query($id: ID!) { node(id: $id) { ... on Order { id number status total { amount currency } free placedAt } } }`
	listQuery  = `query($id: ID!) { account(id: $id) { id name orders(first: 20) { nodes { id number status total { amount currency } placedAt ` +
		`plan { id name } lines { id description quantity unitPrice amount { amount currency } } } pageInfo { hasNextPage } } } }`
	placeMutation = `mutation($input: PlaceOrderInput!, $key: String!) { placeOrder(input: $input) @idempotent(key: $key) { ` +
		`order { id number status total { amount currency } placedAt } userErrors { code message field clause } } }`
	reportMutation = `mutation($input: ReportUsageInput!) { reportUsage(input: $input) { accepted duplicates rejected { index code clause } ` +
		`userErrors { code message field clause } } }`
)

var workloads = []workload{
	{"point read", 0.5, 0.65, true, false, "",
		func(l *load, c *Customer, n int) (*http.Request, error) {
			return http.NewRequest(http.MethodGet, l.url+"/orders/"+c.Orders[n%len(c.Orders)], nil)
		},
		func(l *load, c *Customer, n int) (*http.Request, error) {
			return l.operation(pointQuery, map[string]any{"id": c.Orders[n%len(c.Orders)]})
		}},
	{"list 20 x 5", 0.6, 0.75, true, false, "",
		func(l *load, c *Customer, _ int) (*http.Request, error) {
			return http.NewRequest(http.MethodGet, l.url+"/accounts/"+c.AccountID+"/orders", nil)
		},
		func(l *load, c *Customer, _ int) (*http.Request, error) {
			return l.operation(listQuery, map[string]any{"id": c.AccountID})
		}},
	{"place order", 0.8, 0.9, false, false, "",
		func(l *load, c *Customer, n int) (*http.Request, error) {
			body, err := json.Marshal(l.order(c, n))
			if err != nil {
				return nil, err
			}
			r, err := http.NewRequest(http.MethodPost, l.url+"/orders", bytes.NewReader(body))
			if err == nil {
				r.Header.Set("Idempotency-Key", l.key(n))
			}
			return r, err
		},
		func(l *load, c *Customer, n int) (*http.Request, error) {
			return l.operation(placeMutation, map[string]any{"input": l.order(c, n), "key": l.key(n)})
		}},
	{"ingest 1,000", 0.95, 1.1, false, true, `"accepted":990,"duplicates":8,`,
		func(l *load, c *Customer, n int) (*http.Request, error) {
			body, err := json.Marshal(l.usage(c, n))
			if err != nil {
				return nil, err
			}
			return http.NewRequest(http.MethodPost, l.url+"/usage", bytes.NewReader(body))
		},
		func(l *load, c *Customer, n int) (*http.Request, error) {
			return l.operation(reportMutation, map[string]any{"input": l.usage(c, n)})
		}},
}

// load sends requests to one side.
type load struct {
	program
	url, run string
	place    place
	client   *http.Client
	fixture  *Fixture
	sent     []atomic.Int64 // by worker
	began    time.Time
	reported sync.Map // customer -> the last report's n
}

// place is the place of a side among all sides.
type place struct{ index, sides int }

func newLoad(p program, at place, url, run string, f *Fixture) *load {
	return &load{program: p, url: url, run: run, place: at, fixture: f, sent: make([]atomic.Int64, workers), began: time.Now(),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers, DisableCompression: true}, Timeout: time.Minute}}
}

func (l *load) operation(query string, variables map[string]any) (*http.Request, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	return http.NewRequest(http.MethodPost, l.url+"/graphql", bytes.NewReader(body))
}

// key returns the idempotency key of the nth request.
func (l *load) key(n int) string { return fmt.Sprintf("%s %s %d", l.name, l.run, n) }

// order returns the nth order of a customer. Each side orders for applications
// of its own.
func (l *load) order(c *Customer, n int) map[string]any {
	each := len(c.Applications) / l.place.sides
	return map[string]any{"accountId": c.AccountID, "planId": l.fixture.PlanID, "applicationId": c.Applications[n%each*l.place.sides+l.place.index],
		"term": map[string]any{"unit": "MONTH", "count": 1}, "expectedTotal": map[string]any{"amount": planPrice, "currency": "CNY"}}
}

// usageReport is the input of a usage report.
type usageReport struct {
	Events []use `json:"events"`
}

type use struct {
	Source        string    `json:"source"`
	EventID       string    `json:"eventId"`
	ApplicationID string    `json:"applicationId"`
	Metric        string    `json:"metric"`
	Quantity      string    `json:"quantity"`
	At            time.Time `json:"at"`
}

// usage returns the nth usage report of a customer: 990 new events of 50
// applications and two metrics, eight that were reported before, and two that
// conflict with other events of the report.
func (l *load) usage(c *Customer, n int) usageReport {
	event := func(n, i int) use {
		return use{l.run + "-" + l.name, fmt.Sprintf("%s-%d-%d", c.AccountID, n, i),
			c.Applications[i%metered], meters[i/metered%len(meters)].metric, fmt.Sprintf("%d.%d", 1+i%7, i%10), l.began.Add(-time.Duration(i) * time.Millisecond)}
	}
	r := usageReport{Events: make([]use, 0, 1000)}
	for i := range 990 {
		r.Events = append(r.Events, event(n, i))
	}
	before := n // the first report has them twice
	if last, is := l.reported.Swap(c.AccountID, n); is {
		before = last.(int)
	}
	for i := range 8 {
		r.Events = append(r.Events, event(before, i))
	}
	for i := 8; i < 10; i++ {
		other := event(n, i)
		other.Quantity = "1000"
		r.Events = append(r.Events, other)
	}
	return r
}

// request returns the nth request of a workload for a customer, in the form that
// the side speaks.
func (l *load) request(w workload, c *Customer, n int) (*http.Request, error) {
	if l.graphql {
		return w.graphql(l, c, n)
	}
	return w.rest(l, c, n)
}

// ask sends the next request of a worker and returns the answer. An answer that
// isn't correct is an error.
func (l *load) ask(w workload, worker int) ([]byte, error) {
	c, n := &l.fixture.Customers[worker], int(l.sent[worker].Add(1))
	r, err := l.request(w, c, n)
	if err != nil {
		return nil, err
	}
	token := c.Token
	if w.key {
		token = l.fixture.Key
	}
	status, body, err := l.send(r, token)
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK || bytes.HasPrefix(body, []byte(`{"errors"`)) || bytes.Contains(body, []byte(`"userErrors":[{`)) ||
		!bytes.Contains(body, []byte(w.holds)) {
		return nil, fmt.Errorf("%s: %d: %.400s", w.name, status, body)
	}
	return body, nil
}

// send sends a request with a bearer token.
func (l *load) send(r *http.Request, token string) (status int, body []byte, err error) {
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := l.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// slice sends with all workers for the duration d. It returns the latency of
// each answered request, in ascending order, and the actual duration.
func (l *load) slice(w workload, d time.Duration) (latencies []time.Duration, took time.Duration, err error) {
	l.client.CloseIdleConnections() // a server may be about to close what was idle since its last slice
	var all [workers][]time.Duration
	var group sync.WaitGroup
	errs := make(chan error, workers)
	start := time.Now()
	for worker := range workers {
		group.Go(func() {
			var own []time.Duration
			for sent := time.Duration(0); sent < d; {
				if _, err := l.ask(w, worker); err != nil {
					errs <- err
					return
				}
				answered := time.Since(start)
				own = append(own, answered-sent)
				sent = answered
			}
			all[worker] = own
		})
	}
	group.Wait()
	took = time.Since(start)
	select {
	case err := <-errs:
		return nil, 0, err
	default:
		latencies = slices.Concat(all[:]...)
		slices.Sort(latencies)
		return latencies, took, nil
	}
}
