package floor

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
	"golang.org/x/sync/errgroup"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// billsEach is the number of hours that one transaction bills.
const billsEach = 100

const dueQuery = "SELECT id, account_id, closes_at FROM usage_periods WHERE status = 'OPEN' AND retry_at IS NULL AND unit = 'HOUR' AND closes_at <= ? " +
	"AND (closes_at > ? OR closes_at = ? AND id > ?) ORDER BY closes_at, id LIMIT ?"

// biller bills on one connection, with statements that stay prepared.
type biller struct {
	f      *Floor
	conn   *sql.Conn
	kept   map[string]*sql.Stmt
	locked string // end of a read whose rows are then changed
}

// batch is a number of hours that one transaction bills.
type batch struct {
	*biller
	ctx      context.Context
	now      time.Time
	hours    []*hour
	terms    map[string]*terms   // by account
	balances map[string]*balance // by account
	owing    map[string]bool     // accounts with open arrears
	prices   []price
	refused  []error
}

// hour is a due period with its bill.
type hour struct {
	id, account, product string
	from, to             time.Time
	zone                 *time.Location
	uses                 []use
	lines                []billLine
	class, currency      string
	total                int64

	body                       string
	partner, entity            sql.NullString
	productZH, productEN, name string

	bill, number, booking, cause, hash string
	version, bonus, cash, owed         int64
	sides                              []side
	arrears                            string // that begin with this bill
}

type dueHour struct {
	id, account string
	closes      time.Time
}

// BillHours closes and bills every hour that is due, in transactions of at most
// 100 hours, all or nothing. On MariaDB several transactions run at once, with
// different accounts. An hour that can't be rated stays open, and the error
// names it; the others are billed. It returns the number of hours that it
// closed.
func (f *Floor) BillHours(ctx context.Context) (done int, err error) {
	billers, err := f.billers(ctx)
	defer func() {
		for _, b := range billers {
			err = errors.Join(err, b.close())
		}
	}()
	if err != nil {
		return 0, err
	}
	var refused []error
	for last := (dueHour{closes: time.Unix(0, 0).UTC()}); ; {
		page, err := billers[0].dueHours(ctx, last, len(billers)*billsEach)
		if err != nil || len(page) == 0 {
			return done, errors.Join(append(refused, err)...)
		}
		last = page[len(page)-1]
		counts, no := make([]int, len(billers)), make([][]error, len(billers))
		var group errgroup.Group
		for i, ids := range apart(page, len(billers)) {
			group.Go(func() (err error) {
				counts[i], no[i], err = billers[i].bill(ctx, ids)
				return err
			})
		}
		err = group.Wait()
		for i, n := range counts {
			done, refused = done+n, append(refused, no[i]...)
		}
		if err != nil {
			return done, errors.Join(append(refused, err)...)
		}
	}
}

// connecting keeps two runs from waiting for each other's connections.
var connecting sync.Mutex

// billers takes a connection for each transaction that bills at once: one where
// the engine has one writer, otherwise half of the connections, as in Portico's
// jobs.
func (f *Floor) billers(ctx context.Context) (all []*biller, err error) {
	connecting.Lock()
	defer connecting.Unlock()
	n, locked := 1, ""
	if f.read == f.write { // MariaDB
		n, locked = max(1, f.write.Stats().MaxOpenConnections/2), " FOR UPDATE"
	}
	for range n {
		conn, err := f.write.Conn(ctx)
		if err != nil {
			return all, err
		}
		all = append(all, &biller{f: f, conn: conn, kept: map[string]*sql.Stmt{}, locked: locked})
	}
	return all, nil
}

func (b *biller) close() (err error) {
	for _, s := range b.kept {
		err = errors.Join(err, s.Close())
	}
	return errors.Join(err, b.conn.Close())
}

func (b *biller) dueHours(ctx context.Context, last dueHour, most int) (page []dueHour, err error) {
	rows, err := b.conn.QueryContext(ctx, dueQuery, b.f.now().UTC(), last.closes, last.closes, last.id, most)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d dueHour
		if err := rows.Scan(&d.id, &d.account, &d.closes); err != nil {
			return nil, err
		}
		page = append(page, d)
	}
	return page, rows.Err()
}

// apart splits a page into parts of about the same size that have no account in
// common.
func apart(page []dueHour, parts int) [][]string {
	all := make([][]string, parts)
	of := map[string]int{}
	for _, d := range page {
		i, known := of[d.account]
		if !known {
			i = len(of) % parts
			of[d.account] = i
		}
		all[i] = append(all[i], d.id)
	}
	return slices.DeleteFunc(all, func(ids []string) bool { return len(ids) == 0 })
}

// mostTries is the number of times that a batch is tried after conflicts.
const mostTries = 10

// bill bills some hours, and tries again after a conflict.
func (b *biller) bill(ctx context.Context, ids []string) (n int, refused []error, err error) {
	for try := 1; ; try++ {
		n, refused, err = b.once(ctx, ids)
		var m *mysql.MySQLError
		var l *sqlite.Error
		again := errors.As(err, &m) && slices.Contains([]uint16{1020, 1062, 1205, 1213}, m.Number) ||
			errors.As(err, &l) && l.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE
		if !again || try == mostTries {
			return n, refused, err
		}
	}
}

// once bills those of some hours that are still open, in one transaction. The
// periods and the balances are locked when they are read, so each is billed
// once, whoever else bills.
func (b *biller) once(ctx context.Context, ids []string) (closed int, refused []error, err error) {
	tx, err := b.conn.BeginTx(ctx, nil) // the connection's prepared statements are then executed in it
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = tx.Rollback() }()
	t := &batch{biller: b, ctx: ctx, now: b.f.now().UTC().Truncate(time.Microsecond), terms: map[string]*terms{},
		balances: map[string]*balance{}, owing: map[string]bool{}}
	for _, step := range []func() error{func() error { return t.open(ids) }, t.agreements, t.measure, t.listPrices, t.rate, t.names, t.readBalances,
		t.charge, t.close, t.writeBills, t.writeBookings, t.writeArrears} {
		if err := step(); err != nil {
			return 0, nil, err
		}
	}
	return len(t.hours), t.refused, tx.Commit()
}

// statement returns a statement of the connection that is prepared once.
func (b *biller) statement(ctx context.Context, query string) (s *sql.Stmt, err error) {
	if s = b.kept[query]; s == nil {
		if s, err = b.conn.PrepareContext(ctx, query); err == nil {
			b.kept[query] = s
		}
	}
	return s, err
}

func (b *biller) exec(ctx context.Context, query string, args ...any) (int64, error) {
	s, err := b.statement(ctx, query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// list returns a list of placeholders, and its values: as many as a batch has,
// so that the statement is always the same.
func list(values []string) (places string, args []any) {
	args = make([]any, billsEach)
	for i := range args {
		args[i] = values[min(i, len(values)-1)]
	}
	return "(?" + strings.Repeat(",?", billsEach-1) + ")", args
}

// each reads the rows of a query that has a list of values at "(...)". There are
// parameters before the list, or none.
func (t *batch) each(query string, first []any, values []string, row func(*sql.Rows) error) error {
	slices.Sort(values)
	for some := range slices.Chunk(slices.Compact(values), billsEach) {
		places, args := list(some)
		s, err := t.statement(t.ctx, strings.Replace(query, "(...)", places, 1))
		if err != nil {
			return err
		}
		rows, err := s.QueryContext(t.ctx, append(slices.Clone(first), args...)...)
		if err != nil {
			return err
		}
		for rows.Next() {
			if err := row(rows); err != nil {
				return errors.Join(err, rows.Close())
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return err
		}
	}
	return nil
}

// insertSizes are the numbers of rows of a statement that inserts.
var insertSizes = []int{200, 50, 10, 1}

// insert inserts rows, several with each statement.
func (t *batch) insert(query string, columns, n int, suffix string, row func(i int) []any) error {
	place := "(?" + strings.Repeat(",?", columns-1) + ")"
	for from, size := 0, 0; from < n; from += insertSizes[size] {
		for from+insertSizes[size] > n {
			size++
		}
		args := make([]any, 0, insertSizes[size]*columns)
		for i := from; i < from+insertSizes[size]; i++ {
			args = append(args, row(i)...)
		}
		if _, err := t.exec(t.ctx, query+place+strings.Repeat(","+place, insertSizes[size]-1)+suffix, args...); err != nil {
			return err
		}
	}
	return nil
}
