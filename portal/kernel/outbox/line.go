package outbox

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// mostHeard is how much a mail server may say in one try, its certificates
// included, in bytes. The library keeps each of its lines whole.
const mostHeard = 256 << 10

var errTooMuch = errors.New("outbox: the mail server says more than one has to say")

// line is a connection to a mail server for one try. It ends with the try's
// context, whatever deadlines the library sets or forgets: it sets none before
// the server's greeting. And it ends when the server has said too much.
type line struct {
	encrypted bool
	trust     *tls.Config
	release   func() bool
	conn      net.Conn
}

// dial is for go-mail, whose own context ends once it has dialled; the try's
// goes on.
func (l *line) dial(try context.Context) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		l.conn = conn
		l.release = context.AfterFunc(try, func() { _ = conn.Close() })
		until, _ := try.Deadline()
		bounded := &endingConn{Conn: conn, until: until, left: mostHeard}
		if err := bounded.SetDeadline(until); err != nil || !l.encrypted {
			return bounded, err
		}
		secured := tls.Client(bounded, l.trust)
		return secured, secured.HandshakeContext(ctx)
	}
}

// cut closes the connection, if there is one.
func (l *line) cut() {
	if l.conn != nil {
		l.release()
		_ = l.conn.Close()
	}
}

// endingConn is a connection whose deadlines never lie beyond an instant, and from
// which no more than so much is read.
type endingConn struct {
	net.Conn
	until time.Time
	left  int
}

// Read is net.Conn's, within the bound.
func (c *endingConn) Read(b []byte) (int, error) {
	if c.left == 0 {
		return 0, errTooMuch
	}
	n, err := c.Conn.Read(b[:min(len(b), c.left)])
	c.left -= n
	return n, err
}

func (c *endingConn) bound(t time.Time) time.Time {
	if t.IsZero() || t.After(c.until) {
		return c.until
	}
	return t
}

// SetDeadline is net.Conn's, within the bound.
func (c *endingConn) SetDeadline(t time.Time) error { return c.Conn.SetDeadline(c.bound(t)) }

// SetReadDeadline is net.Conn's, within the bound.
func (c *endingConn) SetReadDeadline(t time.Time) error { return c.Conn.SetReadDeadline(c.bound(t)) }

// SetWriteDeadline is net.Conn's, within the bound.
func (c *endingConn) SetWriteDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(c.bound(t)) }
