package ent

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-sql-driver/mysql"

	"portico/calendar"
)

func number(n uint16) error { return &mysql.MySQLError{Number: n} }

func TestAFailoverIsOutlasted(t *testing.T) {
	lost := map[string]error{"a bad connection": sqldriver.ErrBadConn, "an invalid connection": mysql.ErrInvalidConn, "a connection that is done": sql.ErrConnDone,
		"a server that ended": io.ErrUnexpectedEOF, "a refused connection": &net.OpError{Op: "dial", Err: errors.New("connection refused")},
		"no node of the cluster": number(1047), "a commit that the node lost": number(1180), "a server that shuts down": number(1053), "a killed connection": number(1927)}
	for name, err := range lost {
		t.Run("9: "+name+" is outlasted for ten seconds at least, and half a minute at most", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, tries := calendar.Real{}.Now(), 1
				for p := new(patience); ; tries++ {
					if again, _ := p.again(t.Context(), &driver{}, err); !again {
						break
					}
				}
				if took := calendar.Elapsed(began, calendar.Real{}.Now()); took < 10*time.Second || took > 30*time.Second {
					t.Errorf("given up after %v and %d tries", took, tries)
				}
			})
		})
		t.Run("9: "+name+" is waited for no longer than the request has", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
				defer stop()
				began := calendar.Real{}.Now()
				var given error
				for p := new(patience); ; {
					again, e := p.again(ctx, &driver{}, err)
					if given = e; !again {
						break
					}
				}
				if took := calendar.Elapsed(began, calendar.Real{}.Now()); took != 3*time.Second || !errors.Is(given, err) || !errors.Is(given, context.DeadlineExceeded) {
					t.Errorf("%v after %v", given, took)
				}
			})
		})
	}
}

func TestWhatIsTriedAgain(t *testing.T) {
	for name, err := range map[string]error{"deadlock": number(1213), "lock wait": number(1205), "snapshot": number(1020), "stale": ErrStale} {
		t.Run("9: a conflict ("+name+") is tried twelve times", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 1
				for p := new(patience); ; tries++ {
					if again, _ := p.again(t.Context(), &driver{}, err); !again {
						break
					}
				}
				if tries != 12 {
					t.Errorf("%d times", tries)
				}
			})
		})
	}
	for name, err := range map[string]error{"nothing": nil, "a duplicate": number(1062), "a syntax error": number(1064), "any other": errors.New("no"),
		"a commit that wasn't answered": errors.Join(ErrUnknown, sqldriver.ErrBadConn), "a deadline": context.DeadlineExceeded} {
		t.Run("9: "+name+" is not tried again", func(t *testing.T) {
			if again, given := new(patience).again(t.Context(), &driver{}, err); again || !errors.Is(given, err) {
				t.Errorf("%v %v", given, again)
			}
		})
	}
}
