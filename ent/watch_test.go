package ent

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"portico/calendar"
	"portico/portaltest/engine"
)

// gate is a proxy to the real server that can be frozen. It then accepts
// connections and data and sends nothing back, like a machine that was cut off.
type gate struct {
	net.Listener
	to     string
	mu     sync.Mutex
	frozen bool
	passed int // connections that reached the server
}

func newGate(t *testing.T, to string) *gate {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{Listener: l, to: to}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			group.Go(func() { g.pass(t.Context(), c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); group.Wait() })
	return g
}

// freeze stops all traffic.
func (g *gate) freeze() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.frozen = true
}

func (g *gate) isFrozen() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.frozen
}

func (g *gate) pass(ctx context.Context, c net.Conn) {
	defer func() { _ = c.Close() }()
	if g.isFrozen() {
		_, _ = io.Copy(io.Discard, c)
		return
	}
	server, err := new(net.Dialer).DialContext(ctx, "tcp", g.to)
	if err != nil {
		return
	}
	g.mu.Lock()
	g.passed++
	g.mu.Unlock()
	var group sync.WaitGroup
	group.Go(func() { g.copy(c, server) })
	g.copy(server, c) // until the client closes it
	_ = server.Close()
	group.Wait()
}

func (g *gate) copy(to io.Writer, from io.Reader) {
	b := make([]byte, 1<<16)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		if g.isFrozen() {
			continue
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

// soon returns a context with the time limit of one request.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(stop)
	return ctx
}

// gated returns a store whose database has two nodes, each behind a gate, with
// additions to the DSN and a limit on connecting.
func gated(t *testing.T, more string, connect time.Duration, frozen bool) (*Store, []*gate) {
	t.Helper()
	m, err := mysql.ParseDSN(engine.EmptyMariaDB(t))
	if err != nil {
		t.Fatal(err)
	}
	if m.Net != "tcp" {
		t.Fatalf("the server is at %s", m.Net)
	}
	gates := []*gate{newGate(t, m.Addr), newGate(t, m.Addr)}
	if frozen {
		gates[0].freeze()
	}
	dsn := strings.Replace(m.FormatDSN(), m.Addr, gates[0].Addr().String()+","+gates[1].Addr().String(), 1)
	if !strings.Contains(dsn, "?") {
		dsn += "?cluster=false"
	} else {
		dsn += "&cluster=false"
	}
	keys, _, err := NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(soon(t), Config{Database: dsn + more, Keys: keys, Now: calendar.Real{}.Now, Wall: calendar.Real{}.Now, Pool: Pool{Connections: 4, Connect: connect}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, gates
}

func TestANodeThatDoesNotAnswerIsLeft(t *testing.T) {
	const short = "&timeout=1s"
	t.Run("9: one that is frozen at the start is passed over", func(t *testing.T) {
		s, _ := gated(t, short, 0, true)
		if s.driver.nodes.current.Load() != 1 {
			t.Error("the frozen one is used")
		}
	})
	t.Run("9: a transaction that waits for it is done on the next one, once", func(t *testing.T) {
		s, gates := gated(t, short, 0, false)
		runs := 0
		err := s.Write(soon(t), func(tx *Tx) error {
			if runs++; runs == 1 {
				gates[0].freeze()
			}
			_, err := tx.ExecContext(tx, "SELECT 1")
			return err
		})
		if err != nil || runs != 2 || s.driver.nodes.current.Load() != 1 {
			t.Errorf("%d runs, %v", runs, err)
		}
	})
	t.Run("9: a commit that waits for it isn't known", func(t *testing.T) {
		s, gates := gated(t, short, 0, false)
		if err := s.Write(soon(t), func(*Tx) error { gates[0].freeze(); return nil }); !errors.Is(err, ErrUnknown) {
			t.Errorf("%v", err)
		}
	})
	t.Run("9: a read that waits for it is answered by the next one, over whichever connection", func(t *testing.T) {
		s, gates := gated(t, short, 0, false)
		gates[0].freeze()
		for range 2 {
			rows, err := s.driver.QueryContext(soon(t), "SELECT 1")
			if err != nil {
				t.Fatal(err)
			}
			_ = rows.Close()
		}
	})
	t.Run("9: the probe tries the node that is used", func(t *testing.T) {
		s, _ := gated(t, short, 0, false)
		if err := s.probe.open(); err != nil || s.probe.driver.nodes != s.driver.nodes {
			t.Errorf("%v", err)
		}
	})
}

func TestHowLongANodeIsWaitedFor(t *testing.T) {
	for name, c := range map[string]struct {
		more    string
		connect time.Duration
		want    time.Duration
	}{
		"three seconds":                       {want: 3 * time.Second},
		"three seconds, of a longer setting":  {connect: 5 * time.Second, want: 3 * time.Second},
		"what the setting says if it is less": {connect: 2 * time.Second, want: 2 * time.Second},
		"what the DSN says":                   {more: "&timeout=4s", connect: 2 * time.Second, want: 4 * time.Second},
	} {
		t.Run("9: one of several is waited for "+name, func(t *testing.T) {
			if s, _ := gated(t, c.more, c.connect, false); s.driver.nodes.limit != c.want {
				t.Errorf("%v", s.driver.nodes.limit)
			}
		})
	}
}

func TestADonorIsLeft(t *testing.T) {
	for name, c := range map[string]struct {
		states []string
		want   int64
	}{
		"a donor is left for one that is synced":     {[]string{"2", "1", "4"}, 2},
		"a donor stays where no other one is synced": {[]string{"2", "1", "2"}, 0},
		"one that is synced stays":                   {[]string{"4", "4", "4"}, 0},
	} {
		t.Run("9: "+name, func(t *testing.T) {
			hosts, n, _ := cluster(t, 3, "")
			var pools []*sql.DB
			for i, h := range hosts {
				h.answers[isIn] = c.states[i]
				pools = append(pools, sql.OpenDB(h))
				t.Cleanup(func() { _ = pools[i].Close() })
			}
			n.look(soon(t), pools)
			if got := n.current.Load(); got != c.want {
				t.Errorf("node %d is used", got)
			}
		})
	}
}
