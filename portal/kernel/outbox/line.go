package outbox

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"
)

// mostHeard is how many bytes a mail server may send in one try, including its
// certificates. The library keeps each line whole.
const mostHeard = 256 << 10

var errTooMuch = errors.New("outbox: the mail server sent too much")

// line is a connection to a mail server for one try. It ends with the try's
// context, regardless of the library's deadlines: the library sets none before
// the server's greeting. It also ends when the server has sent too much.
type line struct {
	encrypted bool
	trust     *tls.Config
	release   func() bool
	conn      net.Conn
}

// dial returns a dialer for go-mail, whose own context ends after dialling; the
// try's context goes on.
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

// cut closes the connection, if any.
func (l *line) cut() {
	if l.conn != nil {
		l.release()
		_ = l.conn.Close()
	}
}

// endingConn is a connection whose deadlines never pass an instant, and from
// which only a limited number of bytes is read.
type endingConn struct {
	net.Conn
	until time.Time
	left  int
}

// Read is net.Conn's, within the limit.
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

// SetDeadline is net.Conn's, within the limit.
func (c *endingConn) SetDeadline(t time.Time) error { return c.Conn.SetDeadline(c.bound(t)) }

// SetReadDeadline is net.Conn's, within the limit.
func (c *endingConn) SetReadDeadline(t time.Time) error { return c.Conn.SetReadDeadline(c.bound(t)) }

// SetWriteDeadline is net.Conn's, within the limit.
func (c *endingConn) SetWriteDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(c.bound(t)) }
