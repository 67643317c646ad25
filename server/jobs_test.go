package server_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/message"
	"portico/portal"
	"portico/portal/kernel/job"
	"portico/portal/kernel/outbox"
	"portico/portaltest"
	"portico/server"
	"portico/server/servertest"
)

func TestAReplicaWhoseClockIsOffIsNotReady(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		w.Portal.Status.MostSkew = time.Hour
		for _, c := range []struct {
			ahead  time.Duration
			status int
		}{
			{0, http.StatusOK}, {50 * time.Minute, http.StatusOK}, {70 * time.Minute, http.StatusServiceUnavailable},
			{40 * 24 * time.Hour, http.StatusServiceUnavailable}, {-70 * time.Minute, http.StatusServiceUnavailable}, {0, http.StatusOK},
		} {
			now, err := w.Portal.Store.DatabaseTime(w.System())
			if err != nil {
				t.Fatal(err)
			}
			w.Wall.Set(now.Add(c.ahead))
			if _, err := w.Portal.Status.Measure(w.System(), w.Portal.Store); err != nil {
				t.Fatal(err)
			}
			if r := servertest.Request(w, http.MethodGet, "/readyz", "", nil, servertest.Nobody); r.Code != c.status {
				t.Errorf("%s ahead: %d %s", c.ahead, r.Code, r.Body)
			}
		}
	})
}

// With a mail server that accepts connections and sends nothing, the server's
// other jobs continue, its metrics report it, and the server stops in time.
func TestAServerWithASilentMailServerRunsAndStops(t *testing.T) {
	mail, accepted := mute(t)
	c := servertest.Settings(t)
	c.Listen, c.Private, c.SMTP = servertest.FreeAddress(t), servertest.FreeAddress(t), "smtp://"+mail
	c.Database = "sqlite:" + filepath.Join(c.Data, "portico.db")
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() {
		ended <- server.Run(ctx, c, func(ctx context.Context, p *portal.Portal) error { return threeMails(ctx, p.Store) })
	}()
	for range 3 {
		select {
		case conn := <-accepted:
			defer conn.Close()
		case <-time.After(servertest.Patience):
			t.Fatal("no mail was tried")
		}
	}
	reported(t, c.Private)
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(servertest.Patience):
		t.Fatal("it doesn't stop")
	}
}

// mute starts a server that accepts connections and sends nothing; it returns
// its address and the accepted connections.
func mute(t *testing.T) (address string, accepted chan net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	accepted = make(chan net.Conn, 100)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	return l.Addr().String(), accepted
}

func threeMails(ctx context.Context, s *ent.Store) error {
	return s.Write(authz.With(ctx, authz.AsSystem("test")), func(tx *ent.Tx) error {
		for i := range 3 {
			m := outbox.Message{Channel: message.ChannelEMAIL, Proves: true, To: fmt.Sprintf("a%d@example.com", i), Subject: "s", Body: "b"}
			if err := outbox.Send(tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// reported waits until the metrics show three waiting mails and jobs that
// continue.
func reported(t *testing.T, address string) {
	t.Helper()
	want := []string{`portico_outbox_queued{channel="EMAIL"} 3`, `portico_outbox_queued{channel="SMS"} 0`, `portico_outbox_oldest_seconds{channel="EMAIL"} `,
		`portico_job_running{job="outbox.deliver.email"} 1`, `portico_job_lag_seconds{job="billing.run"} 0`, `portico_job_failures_total{job="billing.run"} 0`,
		`portico_job_leases_taken_over_total{job="billing.run"} 0`, `portico_job_objects_total{job="billing.run",result="failed"} 0`, "portico_clock_skew_seconds ",
		`portico_billing_periods_failed{failure="NO_PRICE"} 0`, `portico_billing_periods_failed{failure="AMOUNT_TOO_LARGE"} 0`, `portico_billing_periods_failed{failure="INTERNAL"} 0`}
	for _, name := range []string{"service.expire", "payment.expire", "payment.match", "billing.run", "billing.remind", "billing.digest", "closing.run",
		"notice.deliver", "ledger.reconcile", "command.purge", "identity.purge", "outbox.purge"} {
		want = append(want, `portico_job_last_success_timestamp_seconds{job="`+name+`"} `)
	}
	patient, cancel := context.WithTimeout(t.Context(), servertest.Patience)
	defer cancel()
	for {
		got := scraped(t, address)
		missing := ""
		for _, line := range want {
			if !strings.Contains(got, line) {
				missing = line
			}
		}
		if missing == "" {
			return
		}
		if err := job.Pause(patient); err != nil {
			t.Fatalf("no %s in\n%s", missing, got)
		}
	}
}

func scraped(t *testing.T, address string) string {
	t.Helper()
	r, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%d: %v", r.StatusCode, err)
	}
	return string(text)
}
