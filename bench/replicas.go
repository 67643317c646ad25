package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/balance"
	"portico/ent/db/bill"
	"portico/ent/db/lease"
	"portico/portal"
	"portico/portal/access/identity"
)

const (
	watched = "billing.run" // the job whose lease is watched
	// term is the duration of a lease, and lookEvery the interval at which it
	// is read.
	term, lookEvery = 15 * time.Second, 20 * time.Millisecond
	// promptly is the time within which a code must be sent.
	promptly = 2 * time.Second
	// mostTrial is the longest duration of the whole trial.
	mostTrial = 15 * time.Minute
)

// replica is a process of the real program.
type replica struct {
	address, private string
	process          *exec.Cmd
	log              bytes.Buffer
	dead             bool
}

// trial runs two replicas that share the billing of many accounts.
type trial struct {
	portal   *portal.Portal
	accounts int
	replicas []*replica
	gateway  *gateway

	began   time.Time
	mu      sync.Mutex
	holders []held
	killed  time.Time
}

// held is a holder of the lease: since when it has held it, and how often it
// renewed it.
type held struct {
	holder string
	since  time.Time
	until  time.Time
	renews int
}

// twoReplicas bills many accounts by two replicas of the real program on one
// MariaDB. It kills the replica that does the work when half of the accounts
// are billed, and requests codes meanwhile. It fails if an account isn't billed
// exactly once, if a code isn't sent promptly, if the lease changes hands while
// its holder lives, or if it doesn't change hands after the holder was killed
// and the term has ended.
func twoReplicas(ctx context.Context, accounts int) (err error) {
	ctx, cancel := context.WithTimeout(ctx, mostTrial)
	defer cancel()
	folder, err := os.MkdirTemp("", "portico-replicas-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	database, drop, err := open(ctx, "mariadb", "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()
	keys, text, err := ent.NewKeys()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "keys.json"), text, 0o600); err != nil {
		return err
	}
	t := &trial{accounts: accounts}
	if t.portal, err = billable(ctx, database, keys, billed{hour: time.Now().UTC().Truncate(time.Hour).Add(-2 * time.Hour), accounts: accounts}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.portal.Close()) }()
	if t.gateway, err = listen(); err != nil {
		return err
	}
	defer t.gateway.server.Close()
	defer t.stop(&err)
	if err := t.start(ctx, folder, database); err != nil {
		return err
	}
	return t.run(authz.With(ctx, authz.AsSystem("bench")))
}

// start builds the program, starts it twice, and waits until both are ready.
func (t *trial) start(ctx context.Context, folder, database string) error {
	binary := filepath.Join(folder, "portico")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "portico/cmd/portico").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	for i := range 2 {
		var addresses [2]string
		for j := range addresses {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			addresses[j] = l.Addr().String()
			if err := l.Close(); err != nil {
				return err
			}
		}
		r := &replica{address: addresses[0], private: addresses[1]}
		r.process = exec.CommandContext(ctx, binary, "serve", "--database", database, "--keys", filepath.Join(folder, "keys.json"),
			"--data", filepath.Join(folder, fmt.Sprint("data", i)), "--listen", r.address, "--private", r.private, "--trusted-proxies", "127.0.0.1/32",
			"--captchas", "PROOF_OF_WORK", "--captcha-difficulty", fmt.Sprint(identity.LeastDifficulty),
			"--sms-webhook", "http://"+t.gateway.address, "--sms-secret", "whsec_c2l4IHRpbWVzIHNldmVuIGlzIGZvcnR5IHR3bw==")
		r.process.Stderr = &r.log
		if err := r.process.Start(); err != nil {
			return err
		}
		t.replicas = append(t.replicas, r)
	}
	for _, r := range t.replicas {
		for {
			if _, err := get(ctx, "http://"+r.address+"/readyz"); err == nil {
				break
			}
			if err := wait(ctx, lookEvery); err != nil {
				return err
			}
		}
	}
	return nil
}

// stop ends the replicas, and prints the end of their logs if something failed.
func (t *trial) stop(failed *error) {
	for i, r := range t.replicas {
		r.kill()
		if text := r.log.String(); *failed != nil {
			fmt.Fprintf(os.Stderr, "the log of replica %d ends with:\n%s\n", i, text[max(0, len(text)-4000):])
		}
	}
}

// kill ends a replica with SIGKILL.
func (r *replica) kill() {
	if !r.dead {
		r.dead = true
		_ = r.process.Process.Kill()
		_ = r.process.Wait() // it was killed
	}
}

// run watches the lease and requests codes until all accounts are billed. It
// kills the lease's holder when half of them are.
func (t *trial) run(ctx context.Context) error {
	t.began = time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, 2)
	var beside sync.WaitGroup
	beside.Go(func() { failed <- t.watch(ctx) })
	beside.Go(func() { failed <- t.codes(ctx) })
	err := t.until(ctx, t.accounts/2)
	var holder *replica
	if err == nil {
		holder, err = t.holder(ctx)
	}
	if err == nil {
		holder.kill()
		t.mu.Lock()
		t.killed = time.Now()
		t.mu.Unlock()
		fmt.Printf("%d of %d accounts are billed after %.1f s; killing the holder of the lease\n", t.accounts/2, t.accounts, time.Since(t.began).Seconds())
		err = t.until(ctx, t.accounts)
	}
	took := time.Since(t.began)
	cancel()
	beside.Wait()
	if err := errors.Join(err, <-failed, <-failed); err != nil {
		return err
	}
	fmt.Printf("all are billed after %.1f s\n", took.Seconds())
	return errors.Join(t.hands(), t.prompt(), t.once(authz.With(context.Background(), authz.AsSystem("bench"))))
}

// until waits until the given number of accounts are billed.
func (t *trial) until(ctx context.Context, billed int) error {
	for {
		n, err := t.portal.Store.Read().Bill.Query().Count(ctx)
		if err != nil || n >= billed {
			return err
		}
		if err := wait(ctx, 10*lookEvery); err != nil {
			return err
		}
	}
}

// holder returns the replica that runs the job, according to its metrics.
func (t *trial) holder(ctx context.Context) (*replica, error) {
	var at []*replica
	for _, r := range t.replicas {
		text, err := get(ctx, "http://"+r.private+"/metrics")
		if err != nil {
			return nil, err
		}
		if strings.Contains(text, `portico_job_running{job="`+watched+`"} 1`) {
			at = append(at, r)
		}
	}
	if len(at) != 1 {
		return nil, fmt.Errorf("%d replicas run the job, want 1", len(at))
	}
	return at[0], nil
}

// watch reads the lease at regular intervals.
func (t *trial) watch(ctx context.Context) error {
	for wait(ctx, lookEvery) == nil {
		row, err := t.portal.Store.Read().Lease.Query().Where(lease.Job(watched)).Only(ctx)
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			return err
		}
		t.mu.Lock()
		last := len(t.holders) - 1
		switch {
		case last < 0 || t.holders[last].holder != row.Holder:
			t.holders = append(t.holders, held{holder: row.Holder, since: time.Now(), until: row.UntilAt})
		case row.UntilAt.After(t.holders[last].until):
			t.holders[last].until = row.UntilAt
			t.holders[last].renews++
		}
		t.mu.Unlock()
	}
	return nil
}

// hands checks the sequence of the lease's holders.
func (t *trial) hands() error {
	for _, h := range t.holders {
		fmt.Printf("%s has held the lease of %s since %.1f s, and renewed it %d times\n", h.holder, watched, h.since.Sub(t.began).Seconds(), h.renews)
	}
	if len(t.holders) != 2 || t.holders[1].since.Before(t.killed) {
		return fmt.Errorf("the lease had %d holders, want one before the kill and one after it", len(t.holders))
	}
	after := t.holders[1].since.Sub(t.killed)
	fmt.Printf("the lease was taken over %.2f s after the kill (its term is %v)\n", after.Seconds(), term)
	if after > term+time.Second {
		return errors.New("the lease was taken over too late")
	}
	return nil
}

// once checks that each account is billed, and paid its bill, exactly once.
func (t *trial) once(ctx context.Context) error {
	c := t.portal.Store.Read()
	bills, err := c.Bill.Query().Count(ctx)
	right, err2 := c.Bill.Query().Where(bill.StatusEQ(bill.StatusPAID), bill.TotalMinor(billTotal)).Count(ctx)
	paid, err3 := c.Balance.Query().Where(balance.CashMinor(billCash - billTotal)).Count(ctx)
	booked, err4 := c.LedgerTransaction.Query().Count(ctx)
	if err := errors.Join(err, err2, err3, err4); err != nil {
		return err
	}
	fmt.Printf("%d accounts: %d bills, %d of them correct and paid, %d bookings, %d balances that paid once\n", t.accounts, bills, right, booked, paid)
	for _, n := range []int{bills, right, paid, booked} {
		if n != t.accounts {
			return errors.New("not every account is billed exactly once")
		}
	}
	return nil
}

func get(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return string(text), err
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
