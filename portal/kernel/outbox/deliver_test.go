package outbox_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/message"
	"portico/portal"
	"portico/portal/kernel/outbox"
	"portico/portaltest"
	"portico/server"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAA"

// postOffice is a mail server that stores what it receives. It refuses the
// recipient refused@ permanently and busy@ temporarily.
type postOffice struct {
	listener net.Listener
	mu       sync.Mutex
	mails    []string
}

func newPostOffice(t *testing.T) *postOffice {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postOffice{listener: l}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.talk(c)
		}
	}()
	return p
}

func (p *postOffice) url() string { return "smtp://" + p.listener.Addr().String() }

func (p *postOffice) received() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.mails...)
}

func (p *postOffice) talk(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(s string) { _, _ = io.WriteString(c, s+"\r\n") }
	say("220 post office")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.Fields(line + " x")[0]); {
		case verb == "EHLO":
			say("250-post office\r\n250 8BITMIME")
		case strings.Contains(line, "refused@"):
			say("550 5.1.1 " + strings.TrimSpace(line) + " unknown")
		case strings.Contains(line, "busy@"):
			say("450 4.2.1 " + strings.TrimSpace(line) + " busy")
		case verb == "DATA":
			say("354 go on")
			var b strings.Builder
			for line, err := in.ReadString('\n'); line != ".\r\n"; line, err = in.ReadString('\n') {
				if err != nil {
					return
				}
				b.WriteString(line)
			}
			p.mu.Lock()
			p.mails = append(p.mails, b.String())
			p.mu.Unlock()
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 yes")
		}
	}
}

// carried returns an option for a portal outside the sandbox, with carriers.
func carried(d outbox.Deliverers) portaltest.Option {
	return func(c *portal.Config, s *server.Config) {
		portaltest.NoSandbox(c, s)
		c.Carriers = d
	}
}

func send(t *testing.T, w *portaltest.World, m outbox.Message) string {
	t.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		if m.Channel == message.ChannelSMS {
			return outbox.SendText(tx, m.To, outbox.CodeText(m.Code))
		}
		return outbox.Send(tx, m)
	})
	if err != nil {
		t.Fatal(err)
	}
	row, err := w.Portal.Store.Read().Message.Query().Where(message.RecipientIndex(outbox.Recipient(w.Portal.Store, m.To))).
		Order(db.Desc(message.FieldID)).First(w.System())
	if err != nil {
		t.Fatal(err)
	}
	return row.ID
}

func read(t *testing.T, w *portaltest.World, id string) (*db.Message, outbox.Opened) {
	t.Helper()
	row, err := w.Portal.Store.Read().Message.Get(w.System(), id)
	if err != nil {
		t.Fatal(err)
	}
	o, err := outbox.Open(w.Portal.Store, row)
	if err != nil {
		t.Fatal(err)
	}
	return row, o
}

// counted is a carrier that counts its calls and returns a given error.
type counted struct {
	tries  atomic.Int64
	answer atomic.Pointer[error]
}

func (c *counted) will(err error) { c.answer.Store(&err) }

func (c *counted) deliver(context.Context, outbox.Letter) error {
	c.tries.Add(1)
	if err := c.answer.Load(); err != nil {
		return *err
	}
	return nil
}

func TestMailsLeaveBySMTP(t *testing.T) {
	office := newPostOffice(t)
	carrier, err := outbox.Mail(office.url(), "Portico <portico@example.com>")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range portaltest.Engines {
		w := portaltest.New(t, e, carried(outbox.Deliverers{message.ChannelEMAIL: carrier}))
		before := len(office.received())
		id := send(t, w, outbox.Message{Channel: message.ChannelEMAIL, Proves: true, To: "ada@example.com", Subject: "验证 Verify", Body: "token\npe_secret\n", Token: "pe_secret"})
		refused := send(t, w, outbox.Message{Channel: message.ChannelEMAIL, Proves: true, To: "refused@example.com", Subject: "x", Body: "y"})
		busy := send(t, w, outbox.Message{Channel: message.ChannelEMAIL, Proves: true, To: "busy@example.com", Subject: "x", Body: "y"})
		w.RunJobs()
		t.Run(e+": 9.7: a mail arrives once, and its words are no longer kept", func(t *testing.T) {
			got := office.received()[before:]
			if len(got) != 1 || !strings.Contains(got[0], "pe_secret") || !strings.Contains(got[0], "To: <ada@example.com>") ||
				!strings.Contains(got[0], `From: "Portico" <portico@example.com>`) || !strings.Contains(got[0], "Message-ID: <"+id+"@example.com>") {
				t.Fatalf("%q", got)
			}
			row, o := read(t, w, id)
			if row.State != message.StateSENT || row.SentAt == nil || row.Attempts != 1 || o.Body != "" || o.Token != "" || o.Code != "" {
				t.Errorf("%v %+v", row, o)
			}
		})
		t.Run(e+": a recipient refused for good is given up, one that is busy is not", func(t *testing.T) {
			if row, _ := read(t, w, refused); row.State != message.StateGAVE_UP || row.Attempts != 1 {
				t.Errorf("%v", row)
			}
			if row, _ := read(t, w, busy); row.State != message.StateQUEUED || row.Attempts != 1 || !row.DueAt.After(w.Wall.Now()) {
				t.Errorf("%v", row)
			}
		})
	}
}

func TestAnErrorOfAMailServerHoldsNoAddress(t *testing.T) {
	office := newPostOffice(t)
	carrier, err := outbox.Mail(office.url(), "portico@example.com")
	if err != nil {
		t.Fatal(err)
	}
	for to, final := range map[string]bool{"refused@example.com": true, "busy@example.com": false} {
		err := carrier(t.Context(), outbox.Letter{ID: "mesg_1", To: to, Subject: "s", Body: "b", At: portaltest.Start})
		if err == nil || strings.Contains(err.Error(), "@") || errors.Is(err, outbox.ErrRefused) != final {
			t.Errorf("%s: %v", to, err)
		}
	}
	if err := office.listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := carrier(t.Context(), outbox.Letter{To: "ada@example.com"}); err == nil || strings.Contains(err.Error(), "ada@") || errors.Is(err, outbox.ErrRefused) {
		t.Errorf("%v", err)
	}
}

// gateway receives short messages: it checks the signature and answers with a
// given status.
type gateway struct {
	*httptest.Server
	status, calls atomic.Int64
	bodies, ids   sync.Map // by the number of the call
}

func newGateway(t *testing.T) *gateway {
	t.Helper()
	verifier, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	g := &gateway{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := g.calls.Add(1)
		body, _ := io.ReadAll(r.Body)
		if err := verifier.VerifyIgnoringTimestamp(body, r.Header); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		g.bodies.Store(n, string(body))
		g.ids.Store(n, r.Header.Get("webhook-id"))
		w.WriteHeader(int(g.status.Load()))
	}))
	t.Cleanup(g.Close)
	return g
}

func TestShortMessagesLeaveBySignedWebhook(t *testing.T) {
	g := newGateway(t)
	carrier, err := outbox.SMS(g.URL, secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range portaltest.Engines {
		t.Run(e+": a repetition has the same webhook-id, and a 2xx ends it", func(t *testing.T) {
			w := portaltest.New(t, e, carried(outbox.Deliverers{message.ChannelSMS: carrier}))
			id := send(t, w, outbox.Message{Channel: message.ChannelSMS, To: "+8613800138000", Code: "123456"})
			g.status.Store(http.StatusServiceUnavailable)
			w.RunJobs()
			row, o := read(t, w, id)
			if row.State != message.StateQUEUED || o.Body != outbox.CodeText("123456").Text() {
				t.Fatalf("%v", row)
			}
			g.status.Store(http.StatusNoContent)
			w.Wall.Set(row.DueAt)
			w.RunJobs()
			if row, o := read(t, w, id); row.State != message.StateSENT || row.Attempts != 2 || o.Body != "" {
				t.Fatalf("%v", row)
			}
			n := g.calls.Load()
			first, _ := g.ids.Load(n - 1)
			second, _ := g.ids.Load(n)
			if first != id || second != id {
				t.Errorf("%v, %v, want %s twice", first, second, id)
			}
			var body struct {
				Type string
				Data struct{ To, Text string }
			}
			text, _ := g.bodies.Load(n)
			if err := json.Unmarshal([]byte(text.(string)), &body); err != nil || body.Type != "sms.send" || body.Data.To != "+8613800138000" || body.Data.Text != outbox.CodeText("123456").Text() {
				t.Errorf("%s: %v", text, err)
			}
		})
	}
	other, err := outbox.SMS(g.URL, "whsec_"+strings.Repeat("QUJD", 8))
	if err != nil {
		t.Fatal(err)
	}
	if err := other(t.Context(), outbox.Letter{ID: "mesg_1", At: portaltest.Start}); err == nil {
		t.Error("a signature by another secret was taken")
	}
}

func TestDeliveryIsTriedForADay(t *testing.T) {
	for _, e := range portaltest.Engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			c := &counted{}
			w := portaltest.New(t, e, carried(outbox.Deliverers{message.ChannelEMAIL: c.deliver}))
			c.will(errors.New("down"))
			id := send(t, w, outbox.Message{Channel: message.ChannelEMAIL, Proves: true, To: "ada@example.com", Subject: "s", Body: "b"})
			sms := send(t, w, outbox.Message{Channel: message.ChannelSMS, To: "+8613800138000", Code: "123456"})
			w.RunJobs()
			t.Run("the pauses grow from seconds to an hour", func(t *testing.T) {
				least := 5 * time.Second
				for n := int64(1); n <= 12; n++ {
					row, _ := read(t, w, id)
					if wait := row.DueAt.Sub(w.Wall.Now()); row.Attempts != n || wait < least || wait > least*5/4 {
						t.Fatalf("after %d tries (%d): %s, want %s or a little more", n, row.Attempts, wait, least)
					}
					w.Wall.Set(row.DueAt.Add(-time.Microsecond))
					w.RunJobs()
					if c.tries.Load() != n {
						t.Fatal("tried before it was due")
					}
					w.Wall.Set(row.DueAt)
					w.RunJobs()
					least = min(2*least, time.Hour)
				}
			})
			t.Run("a day less a second after its queueing it is tried again, after a day given up", func(t *testing.T) {
				row, _ := read(t, w, id)
				w.Wall.Set(row.CreatedAt.Add(24*time.Hour - time.Second))
				w.RunJobs()
				row, _ = read(t, w, id)
				if row.State != message.StateQUEUED || !row.DueAt.Equal(row.CreatedAt.Add(24*time.Hour)) {
					t.Fatalf("%v", row)
				}
				w.Wall.Set(row.DueAt)
				w.RunJobs()
				if row, o := read(t, w, id); row.State != message.StateGAVE_UP || o.Body != "" {
					t.Fatalf("%v", row)
				}
				n := c.tries.Load()
				w.Wall.Advance(48 * time.Hour)
				w.RunJobs()
				if c.tries.Load() != n {
					t.Error("tried after it was given up")
				}
			})
			t.Run("a channel without a carrier stays queued", func(t *testing.T) {
				if row, _ := read(t, w, sms); row.State != message.StateQUEUED || row.Attempts != 0 {
					t.Errorf("%v", row)
				}
			})
		})
	}
}

func TestAMessageOfAClockThatWasWrongLeavesAllTheSame(t *testing.T) {
	for _, e := range portaltest.Engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			c := &counted{}
			w := portaltest.New(t, e, carried(outbox.Deliverers{message.ChannelEMAIL: c.deliver}))
			for ahead, tries := range map[time.Duration]int64{24 * time.Hour: 0, 24*time.Hour + time.Second: 1, 40 * 24 * time.Hour: 1} {
				now, before := w.Wall.Now(), c.tries.Load()
				w.Wall.Set(now.Add(ahead))
				id := send(t, w, outbox.Message{Channel: message.ChannelEMAIL, Proves: true, To: fmt.Sprintf("a%d@example.com", ahead), Subject: "s", Body: "b"})
				w.Wall.Set(now)
				w.RunJobs()
				if row, _ := read(t, w, id); c.tries.Load()-before != tries || (row.State == message.StateSENT) != (tries == 1) {
					t.Errorf("queued by a clock %s ahead: %d tries, %s", ahead, c.tries.Load()-before, row.State)
				}
			}
		})
	}
}

func TestReplicasShareDelivery(t *testing.T) {
	for _, e := range portaltest.Engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			got := map[string]int{}
			carrier := func(_ context.Context, l outbox.Letter) error {
				mu.Lock()
				defer mu.Unlock()
				got[l.ID]++
				return nil
			}
			w := portaltest.New(t, e, carried(outbox.Deliverers{message.ChannelEMAIL: carrier}))
			for i := range 40 {
				send(t, w, outbox.Message{Channel: message.ChannelEMAIL, Proves: true, To: fmt.Sprintf("a%d@example.com", i), Subject: "s", Body: "b"})
			}
			j := outbox.Deliver(outbox.Deliverers{message.ChannelEMAIL: carrier})[0]
			var wg sync.WaitGroup
			for range 3 { // without the job's lease, as if it had expired
				wg.Go(func() {
					if _, err := j.Run(w.System(), w.Portal.Store); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if len(got) != 40 {
				t.Errorf("%d of 40 were delivered", len(got))
			}
			for id, n := range got {
				if n != 1 {
					t.Errorf("%s was delivered %d times", id, n)
				}
			}
		})
	}
}

func TestAReplicaThatDiesMidwayIsTakenOver(t *testing.T) {
	for _, e := range portaltest.Engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			c := &counted{}
			w := portaltest.New(t, e, carried(outbox.Deliverers{message.ChannelEMAIL: c.deliver}))
			id := send(t, w, outbox.Message{Channel: message.ChannelEMAIL, Proves: true, To: "ada@example.com", Subject: "s", Body: "b"})
			ctx, cancel := context.WithCancel(w.System())
			dying := outbox.Deliver(outbox.Deliverers{message.ChannelEMAIL: func(context.Context, outbox.Letter) error {
				cancel()
				return errors.New("killed")
			}})[0]
			if _, err := dying.Run(ctx, w.Portal.Store); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			w.Wall.Advance(2*time.Minute - time.Microsecond)
			w.RunJobs()
			if c.tries.Load() != 0 {
				t.Fatal("tried within the lease")
			}
			w.Wall.Advance(time.Microsecond)
			w.RunJobs()
			if row, _ := read(t, w, id); row.State != message.StateSENT || row.Attempts != 2 || c.tries.Load() != 1 {
				t.Fatalf("%v", row)
			}
		})
	}
}

func TestNothingLeavesWithItsTransactionUndone(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		undone := errors.New("undone")
		err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
			return errors.Join(outbox.Send(tx, outbox.Message{Channel: message.ChannelEMAIL, Proves: true, To: "undone@example.com", Subject: "s", Body: "b"}), undone)
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		n, err := w.Portal.Store.Read().Message.Query().Where(message.RecipientIndex(outbox.Recipient(w.Portal.Store, "undone@example.com"))).Count(w.System())
		if err != nil || n != 0 {
			t.Errorf("%d, %v", n, err)
		}
	})
}

func TestASandboxKeepsItsMessages(t *testing.T) {
	c := &counted{}
	w := portaltest.New(t, "sqlite", func(p *portal.Config, _ *server.Config) {
		p.Carriers = outbox.Deliverers{message.ChannelEMAIL: c.deliver}
	})
	id := send(t, w, outbox.Message{Channel: message.ChannelEMAIL, Proves: true, To: "ada@example.com", Subject: "s", Body: "b", Token: "tok"})
	w.RunJobs()
	if row, o := read(t, w, id); row.State != message.StateQUEUED || o.Token != "tok" || c.tries.Load() != 0 {
		t.Errorf("%v %+v", row, o)
	}
}

func TestWrongSettingsOfCarriersAreRefused(t *testing.T) {
	for _, bad := range []string{"", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://host/path", "smtp://host:x"} {
		if _, err := outbox.Mail(bad, "a@example.com"); err == nil {
			t.Errorf("mail server %q is taken", bad)
		}
	}
	if _, err := outbox.Mail("smtp://host", "nobody"); err == nil {
		t.Error("a sender without address is taken")
	}
	for _, bad := range [][2]string{{"ftp://host", secret}, {"", secret}, {"https://host", ""}, {"https://host", "whsec_c2hvcnQ="}, {"https://host", secret[6:]}, {"https://host", "whsec_" + strings.Repeat("!", 40)}} {
		if _, err := outbox.SMS(bad[0], bad[1]); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
