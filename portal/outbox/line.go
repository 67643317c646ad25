package outbox

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// line is a connection to a mail server for one try. It ends with the try's
// context, whatever deadlines the library sets or forgets: it sets none before
// the server's greeting.
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
		bounded := endingConn{conn, until}
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

// endingConn is a connection whose deadlines never lie beyond an instant.
type endingConn struct {
	net.Conn
	until time.Time
}

func (c endingConn) bound(t time.Time) time.Time {
	if t.IsZero() || t.After(c.until) {
		return c.until
	}
	return t
}

// SetDeadline is net.Conn's, within the bound.
func (c endingConn) SetDeadline(t time.Time) error { return c.Conn.SetDeadline(c.bound(t)) }

// SetReadDeadline is net.Conn's, within the bound.
func (c endingConn) SetReadDeadline(t time.Time) error { return c.Conn.SetReadDeadline(c.bound(t)) }

// SetWriteDeadline is net.Conn's, within the bound.
func (c endingConn) SetWriteDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(c.bound(t)) }
