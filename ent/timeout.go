package ent

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"net"
	"os"

	"github.com/go-sql-driver/mysql"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// busyServer holds the error codes by which a MySQL server reports that it
// can't run a statement now: too many connections, a shutdown, a statement that
// was interrupted or took too long, or a connection that was killed.
var busyServer = map[uint16]bool{1040: true, 1203: true, 1053: true, 1317: true, 1927: true, 1969: true, 3024: true}

// IsTimeout reports whether an operation failed because time ran out or the
// database was unavailable, so that it may succeed later: a context that ended,
// a connection that was lost or couldn't be made, or a lock that others held
// too long. What the operation wrote may or may not be stored.
func IsTimeout(err error) bool {
	if err == nil {
		return false
	}
	for _, late := range []error{context.DeadlineExceeded, context.Canceled, os.ErrDeadlineExceeded,
		sqldriver.ErrBadConn, mysql.ErrInvalidConn, sql.ErrConnDone, ErrUnknown} {
		if errors.Is(err, late) {
			return true
		}
	}
	if _, lost := errors.AsType[*net.OpError](err); lost {
		return true
	}
	if m, ok := errors.AsType[*mysql.MySQLError](err); ok && busyServer[m.Number] {
		return true
	}
	if l, ok := errors.AsType[*sqlite.Error](err); ok && l.Code()&0xff == sqlite3.SQLITE_INTERRUPT {
		return true
	}
	return retryable(err) || away(err)
}
