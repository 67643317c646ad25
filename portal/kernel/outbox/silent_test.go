package outbox_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico/ent/db/message"
	"portico/portal/kernel/job"
	"portico/portal/kernel/outbox"
	"portico/portaltest"
)

// patience is the longest wait for what must happen.
const patience = 30 * time.Second

// quiet is a server that accepts connections, sends a number of answers, and
// then sends nothing more while the connection is open.
type quiet struct {
	net.Listener
	answers  int
	secured  bool
	accepted atomic.Int64
	silent   chan struct{} // receives a value for each connection that became silent
}

func newQuiet(t *testing.T, answers int, wrap func(net.Listener) net.Listener) *quiet {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if wrap != nil {
		l = wrap(l)
	}
	q := &quiet{Listener: l, answers: answers, secured: wrap != nil, silent: make(chan struct{}, 1000)}
	var open sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); open.Wait() })
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			q.accepted.Add(1)
			open.Go(func() { q.talk(c) })
		}
	})
	return q
}

// replies are the replies of a mail server from its greeting to the end of a
// mail.
var replies = []struct{ to, say string }{
	{"greeting", "220 quiet"}, {"EHLO", "250-quiet\r\n250-AUTH PLAIN\r\n250 8BITMIME"}, {"AUTH", "235 yes"}, {"NOOP", "250 yes"}, {"MAIL", "250 yes"},
	{"RCPT", "250 yes"}, {"DATA", "354 go on"}, {".", "250 taken"}, {"NOOP", "250 yes"}, {"RSET", "250 yes"}, {"QUIT", "221 bye"},
}

func (q *quiet) talk(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(n int) { _, _ = io.WriteString(c, replies[n].say+"\r\n") }
	for n, r := range replies {
		if r.to == "AUTH" && !q.secured {
			continue // no client signs in without TLS
		}
		if n > 0 && !heard(in, r.to) {
			return
		}
		if n == q.answers {
			q.silent <- struct{}{}
			_, _ = io.Copy(io.Discard, in) // until the client closes the connection
			return
		}
		say(n)
	}
}

// heard reads up to a command.
func heard(in *bufio.Reader, command string) bool {
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return false
		}
		if verb, _, _ := strings.Cut(strings.TrimSpace(line), " "); strings.EqualFold(verb, command) {
			return true
		}
	}
}

// tlsServer returns a server's TLS configuration and the pool that trusts it.
func tlsServer(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}, roots
}

func TestAMailServerThatFallsSilentHoldsUpNoTry(t *testing.T) {
	secured, roots := tlsServer(t)
	for _, scheme := range []string{"smtp", "smtps"} {
		for n, r := range replies {
			t.Run(fmt.Sprintf("%s: at %d, %s", scheme, n, r.to), func(t *testing.T) {
				t.Parallel()
				var wrap func(net.Listener) net.Listener
				user := ""
				if scheme == "smtps" { // which permits the password by PLAIN
					wrap = func(l net.Listener) net.Listener { return tls.NewListener(l, secured) }
					user = "user:secret@"
				} else if r.to == "AUTH" {
					return // no sign-in without TLS
				}
				q := newQuiet(t, n, wrap)
				carrier, err := outbox.MailTrusting(scheme+"://"+user+q.Addr().String(), "portico@example.com", roots)
				if err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() {
					ended <- carrier(ctx, outbox.Letter{ID: "mesg_1", To: "ada@example.com", Subject: "s", Body: "b", At: portaltest.Start})
				}()
				select {
				case <-q.silent:
				case err := <-ended:
					t.Fatalf("it didn't come so far: %v", err)
				case <-time.After(patience):
					t.Fatal("it didn't come so far")
				}
				cancel()
				taken := n > 7 // QUIT isn't part of the mail
				select {
				case err := <-ended:
					if (err == nil) != taken || errors.Is(err, outbox.ErrRefused) || !taken && !errors.Is(err, context.Canceled) {
						t.Errorf("%v", err)
					}
				case <-time.After(patience):
					t.Fatal("the try doesn't end")
				}
			})
		}
	}
}

func TestATryOfAMailEndsInItsTime(t *testing.T) {
	q := newQuiet(t, 0, nil)
	tlsQuiet := newQuiet(t, 0, nil) // accepts, and never completes the TLS handshake
	for _, server := range []string{"smtp://" + q.Addr().String(), "smtps://" + tlsQuiet.Addr().String()} {
		carrier, err := outbox.Mail(server, "portico@example.com")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := carrier(ctx, outbox.Letter{ID: "mesg_1", To: "ada@example.com"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", server, err)
		}
	}
}

func TestMailsLeaveByTLSFromTheStart(t *testing.T) {
	secured, roots := tlsServer(t)
	q := newQuiet(t, len(replies), func(l net.Listener) net.Listener { return tls.NewListener(l, secured) })
	server := (&url.URL{Scheme: "smtps", User: url.UserPassword("user", "pass"), Host: q.Addr().String()}).String()
	carrier, err := outbox.MailTrusting(server, "portico@example.com", roots)
	if err != nil {
		t.Fatal(err)
	}
	if err := carrier(t.Context(), outbox.Letter{ID: "mesg_1", To: "ada@example.com", Subject: "s", Body: "b", At: portaltest.Start}); err != nil {
		t.Error(err)
	}
	if carrier, err = outbox.Mail(server, "portico@example.com"); err != nil {
		t.Fatal(err)
	}
	if err := carrier(t.Context(), outbox.Letter{ID: "mesg_1", To: "ada@example.com"}); err == nil {
		t.Error("5.7: a server that nobody vouches for was given the password " + base64.StdEncoding.EncodeToString([]byte("\x00user\x00pass")))
	}
}

func TestAGatewayThatFallsSilentHoldsUpNoTry(t *testing.T) {
	for name, answer := range map[string]string{"at once": "", "in its headers": "HTTP/1.1 200 OK\r\nContent-Le"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		silent := make(chan struct{}, 1)
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			_, _ = io.WriteString(c, answer)
			silent <- struct{}{}
			_, _ = io.Copy(io.Discard, c)
		}()
		carrier, err := outbox.SMS("http://"+l.Addr().String(), secret)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- carrier(ctx, outbox.Letter{ID: "mesg_1", At: portaltest.Start}) }()
		<-silent
		cancel()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(patience):
			t.Fatalf("%s: the try doesn't end", name)
		}
		_ = l.Close()
	}
}

// The length of a mail server's reply is limited, and no reply is logged, since
// it may repeat our mail.
func TestAReplyOfAMailServerIsBounded(t *testing.T) {
	const code, all = "739182", 64 << 20
	for name, say := range map[string]func(c net.Conn) error{
		"a line without end": func(c net.Conn) error { _, err := c.Write(bytes.Repeat([]byte("220"), 10000)); return err },
		"lines without end":  func(c net.Conn) error { _, err := c.Write(bytes.Repeat([]byte("220-more\r\n"), 3000)); return err },
	} {
		var sent atomic.Int64
		q := newTalker(t, func(c net.Conn) {
			for sent.Load() < all {
				if sent.Add(30000); say(c) != nil {
					return
				}
			}
		})
		carrier, err := outbox.Mail("smtp://"+q.Addr().String(), "portico@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if err := carrier(t.Context(), outbox.Letter{ID: "mesg_1", To: "ada@example.com", Body: code}); err == nil || errors.Is(err, outbox.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
		if sent.Load() >= all {
			t.Errorf("%s: it listened to all of %d bytes", name, all)
		}
	}
	q := newTalker(t, func(c net.Conn) { // an HTTP server that repeats what it receives
		r, err := http.ReadRequest(bufio.NewReader(c))
		if err == nil {
			_, _ = fmt.Fprintf(c, "%s ", r.URL)
			_, _ = io.Copy(c, r.Body)
		}
	})
	carrier, err := outbox.SMS("http://"+q.Addr().String()+"/?key=s3cret", secret)
	if err != nil {
		t.Fatal(err)
	}
	err = carrier(t.Context(), outbox.Letter{ID: "mesg_1", To: "+8613800138000", Body: code, At: portaltest.Start})
	if err == nil || strings.Contains(err.Error(), code) || strings.Contains(err.Error(), "138000") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("5.7: what the gateway answered is logged: %v", err)
	}
}

// newTalker starts a server that calls a function with each connection.
func newTalker(t *testing.T, talk func(c net.Conn)) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); open.Wait() })
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { defer c.Close(); talk(c) })
		}
	})
	return l
}

// Two replicas use a mail server that accepts connections and sends nothing. On
// both, every other job continues, and both stop.
func TestASilentMailServerDelaysNothingElse(t *testing.T) {
	for _, e := range portaltest.Engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			q := newQuiet(t, 0, nil)
			mail, err := outbox.Mail("smtp://"+q.Addr().String(), "portico@example.com")
			if err != nil {
				t.Fatal(err)
			}
			texts := &counted{}
			carriers := outbox.Deliverers{message.ChannelEMAIL: mail, message.ChannelSMS: texts.deliver}
			w := portaltest.New(t, e, carried(carriers))
			twin := portaltest.Open(t, e, w.Database, carried(carriers))
			for i := range 20 {
				send(t, w, outbox.Message{Channel: message.ChannelEMAIL, Proves: true, To: fmt.Sprintf("a%d@example.com", i), Subject: "s", Body: "b"})
			}
			var stops []func()
			var statuses []*job.Status
			for i, p := range []*portaltest.World{w, twin} {
				status, ended := &job.Status{}, make(chan struct{})
				ctx, cancel := context.WithCancel(context.Background())
				go func() {
					defer close(ended)
					job.Runner{Store: p.Portal.Store, Jobs: p.Portal.Jobs, Holder: fmt.Sprint("replica ", i), Status: status, Stop: patience}.Run(ctx)
				}()
				statuses = append(statuses, status)
				stops = append(stops, func() {
					cancel()
					select {
					case <-ended:
					case <-time.After(patience / 2):
						t.Error("a replica doesn't stop")
					}
				})
			}
			<-q.silent
			id := send(t, w, outbox.Message{Channel: message.ChannelSMS, To: "+8613800138000", Code: "123456"})
			ctx, cancel := context.WithTimeout(w.System(), patience)
			defer cancel()
			for {
				row, _ := read(t, w, id)
				if row.State == message.StateSENT && othersRan(statuses) {
					break
				}
				if err := job.Pause(ctx); err != nil {
					t.Fatalf("the short message is %s; others ran: %t", row.State, othersRan(statuses))
				}
			}
			for _, stop := range stops {
				stop()
			}
		})
	}
}

// othersRan reports whether on each replica every job except that of the mails
// has run without an error.
func othersRan(all []*job.Status) bool {
	for _, s := range all {
		reports := s.Reports()
		if len(reports) < 10 {
			return false
		}
		for _, r := range reports {
			if r.Name != "outbox.deliver.email" && !strings.HasPrefix(r.Name, "outbox.deliver.") && r.LastSuccess.IsZero() {
				return false
			}
		}
	}
	return true
}
