package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// workers is the number of workers that send at the same time, each for one
// customer over one keep-alive connection.
const workers = customers

// workload is one kind of request. Each side has its own form of it.
type workload struct {
	name string
	// gate is the least throughput that Portico must reach, and aim the
	// throughput that it should reach, as a fraction of the floor's.
	gate, aim float64
	// alike is true if both sides must return the same values for the same
	// request.
	alike bool
	// key is true if the data plane sends the request with its key. Every
	// answer must contain holds.
	key     bool
	holds   string
	floor   func(l *load, c *Customer, n int) (*http.Request, error)
	portico func(l *load, c *Customer, n int) (*http.Request, error)
}

// The operations that the workloads send to Portico.
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
			return l.graphql(pointQuery, map[string]any{"id": c.Orders[n%len(c.Orders)]})
		}},
	{"list 20 x 5", 0.33, 0.45, true, false, "",
		func(l *load, c *Customer, _ int) (*http.Request, error) {
			return http.NewRequest(http.MethodGet, l.url+"/accounts/"+c.AccountID+"/orders", nil)
		},
		func(l *load, c *Customer, _ int) (*http.Request, error) {
			return l.graphql(listQuery, map[string]any{"id": c.AccountID})
		}},
	{"place order", 0.7, 0.85, false, false, "",
		func(l *load, c *Customer, n int) (*http.Request, error) {
			body, err := json.Marshal(l.order(c, 2*n))
			if err != nil {
				return nil, err
			}
			r, err := http.NewRequest(http.MethodPost, l.url+"/orders", bytes.NewReader(body))
			if err == nil {
				r.Header.Set("Idempotency-Key", fmt.Sprintf("floor %s %d", l.run, n))
			}
			return r, err
		},
		func(l *load, c *Customer, n int) (*http.Request, error) {
			return l.graphql(placeMutation, map[string]any{"input": l.order(c, 2*n+1), "key": fmt.Sprintf("portico %s %d", l.run, n)})
		}},
	{"ingest 1,000", 0, 0.7, false, true, `"accepted":990,"duplicates":8,`,
		func(l *load, c *Customer, n int) (*http.Request, error) {
			body, err := json.Marshal(l.usage(c, n))
			if err != nil {
				return nil, err
			}
			return http.NewRequest(http.MethodPost, l.url+"/usage", bytes.NewReader(body))
		},
		func(l *load, c *Customer, n int) (*http.Request, error) {
			return l.graphql(reportMutation, map[string]any{"input": l.usage(c, n)})
		}},
}

// load sends requests to one side.
type load struct {
	url, run string
	portico  bool
	client   *http.Client
	fixture  *Fixture
	sent     []atomic.Int64 // by worker
	began    time.Time
	reported sync.Map // customer -> the last report's n
}

func newLoad(url, run string, portico bool, f *Fixture) *load {
	return &load{url: url, run: run, portico: portico, fixture: f, sent: make([]atomic.Int64, workers), began: time.Now(),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers, DisableCompression: true}, Timeout: time.Minute}}
}

func (l *load) graphql(query string, variables map[string]any) (*http.Request, error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	return http.NewRequest(http.MethodPost, l.url+"/graphql", bytes.NewReader(body))
}

func (l *load) order(c *Customer, n int) map[string]any {
	return map[string]any{"accountId": c.AccountID, "planId": l.fixture.PlanID, "applicationId": c.Applications[n%len(c.Applications)],
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
		return use{l.run + "-" + map[bool]string{true: "portico", false: "floor"}[l.portico], fmt.Sprintf("%s-%d-%d", c.AccountID, n, i),
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

// ask sends the next request of a worker and returns the answer. An answer that
// isn't correct is an error.
func (l *load) ask(w workload, worker int) ([]byte, error) {
	c, n := &l.fixture.Customers[worker], int(l.sent[worker].Add(1))
	make := w.floor
	if l.portico {
		make = w.portico
	}
	r, err := make(l, c, n)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	token := c.Token
	if w.key {
		token = l.fixture.Key
	}
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := l.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK || bytes.HasPrefix(body, []byte(`{"errors"`)) || bytes.Contains(body, []byte(`"userErrors":[{`)) ||
		!bytes.Contains(body, []byte(w.holds)) {
		return nil, fmt.Errorf("%s: %d: %.400s", w.name, resp.StatusCode, body)
	}
	return body, nil
}

// slice sends with all workers for the duration d. It returns the number of
// answers and the actual duration.
func (l *load) slice(w workload, d time.Duration) (int64, time.Duration, error) {
	var done atomic.Int64
	var group sync.WaitGroup
	errs := make(chan error, workers)
	start := time.Now()
	for worker := range workers {
		group.Go(func() {
			for time.Since(start) < d {
				if _, err := l.ask(w, worker); err != nil {
					errs <- err
					return
				}
				done.Add(1)
			}
		})
	}
	group.Wait()
	took := time.Since(start)
	select {
	case err := <-errs:
		return 0, 0, err
	default:
		return done.Load(), took, nil
	}
}
