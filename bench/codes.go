package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"portico/portal/access/identity"
)

// gateway receives short messages and records when each number got its first.
type gateway struct {
	address string
	server  *http.Server
	mu      sync.Mutex
	asked   map[string]time.Time
	took    map[string]time.Duration
}

func listen() (*gateway, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &gateway{address: l.Addr().String(), asked: map[string]time.Time{}, took: map[string]time.Duration{}}
	g.server = &http.Server{Handler: http.HandlerFunc(g.take)}
	go func() { _ = g.server.Serve(l) }() // until it is closed
	return g, nil
}

func (g *gateway) take(_ http.ResponseWriter, r *http.Request) {
	var m struct {
		Data struct{ To string }
	}
	if json.NewDecoder(r.Body).Decode(&m) != nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, again := g.took[m.Data.To]; !again {
		g.took[m.Data.To] = time.Since(g.asked[m.Data.To])
	}
}

// codes requests a code each second from the replicas in turn, each time for a
// new number and from a new address.
func (t *trial) codes(ctx context.Context) error {
	for n := 1; wait(ctx, time.Second) == nil; n++ {
		r := t.replicas[n%2]
		if err := t.code(ctx, r, n); err != nil && ctx.Err() == nil {
			if err2 := t.code(ctx, t.replicas[(n+1)%2], n); err2 != nil && ctx.Err() == nil { // the other was killed
				return errors.Join(err, err2)
			}
		}
	}
	return nil
}

func (t *trial) code(ctx context.Context, r *replica, n int) error {
	var posed struct {
		CreateCaptcha struct {
			Captcha struct {
				ID, Seed   string
				Difficulty int
			}
		}
	}
	const pose = `mutation($i: CreateCaptchaInput!) { createCaptcha(input: $i) { captcha { id seed difficulty } userErrors { code } } }`
	if err := r.post(ctx, n, pose, map[string]any{"purpose": "REGISTER", "kind": "PROOF_OF_WORK"}, &posed); err != nil {
		return err
	}
	c, phone := posed.CreateCaptcha.Captcha, fmt.Sprintf("+8613800%06d", n)
	answer := identity.Work(c.Seed, c.Difficulty)
	t.gateway.mu.Lock()
	t.gateway.asked[phone] = time.Now()
	t.gateway.mu.Unlock()
	const request = `mutation($i: RequestPhoneCodeInput!) { requestPhoneCode(input: $i) { userErrors { code } } }`
	return r.post(ctx, n, request, map[string]any{"phone": phone, "purpose": "REGISTER", "captchaId": c.ID, "captchaAnswer": answer}, &struct{}{})
}

// prompt checks the time from the request of each code to its arrival at the
// gateway.
func (t *trial) prompt() error {
	t.gateway.mu.Lock()
	defer t.gateway.mu.Unlock()
	took := slices.Sorted(maps.Values(t.gateway.took))
	if len(took) == 0 {
		return errors.New("no code was sent")
	}
	fmt.Printf("%d codes were requested meanwhile, %d were sent: median %.2f s, longest %.2f s\n", len(t.gateway.asked), len(took),
		took[len(took)/2].Seconds(), took[len(took)-1].Seconds())
	if took[len(took)-1] > promptly || len(t.gateway.asked)-len(took) > 2 { // the last one may still be on its way
		return errors.New("a code wasn't sent promptly")
	}
	return nil
}

// post sends a mutation from the nth client's address.
func (r *replica) post(ctx context.Context, n int, query string, input map[string]any, into any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": map[string]any{"i": input}})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+r.address+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("100.64.%d.%d", n/250, n%250+1))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || bytes.Contains(text, []byte(`"errors"`)) || !bytes.Contains(text, []byte(`"userErrors":[]`)) {
		return fmt.Errorf("%s: %s", resp.Status, text)
	}
	return json.Unmarshal(text, &struct{ Data any }{into})
}
