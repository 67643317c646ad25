package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "modernc.org/sqlite"
)

// equalWork checks that all sides refuse the same requests, and that the peers
// write the same rows as the floor when they place an order. (Portico writes
// more: it stores the contracting bodies with the order, for example.)
func equalWork(ctx context.Context, database string, sides []*side) error {
	db, err := inspect(database)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, s := range sides {
		if err := s.refuses(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	want, err := sides[theFloor].written(ctx, db)
	if err != nil {
		return fmt.Errorf("%s: %w", sides[theFloor].name, err)
	}
	for _, s := range sides {
		if !s.peer {
			continue
		}
		got, err := s.written(ctx, db)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("%s doesn't write what %s writes:\n%s\ninstead of\n%s", s.name, sides[theFloor].name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	return nil
}

// inspect opens a database to read what the sides wrote.
func inspect(database string) (*sql.DB, error) {
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		return sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=query_only(1)")
	}
	m, err := mysql.ParseDSN(database)
	if err != nil {
		return nil, err
	}
	m.ParseTime, m.Loc = true, time.UTC
	c, err := mysql.NewConnector(m)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

// refuses checks that a side refuses a token that it doesn't know, and whatever
// belongs to another customer. An answer to any of the workloads has the number
// of an order.
func (l *load) refuses() error {
	own, foreign := l.fixture.Customers[0], l.fixture.Customers[1]
	for _, w := range workloads {
		if w.key {
			continue
		}
		for token, c := range map[string]Customer{own.Token: foreign, "pa_" + own.Token: own} {
			r, err := l.request(w, &c, 0)
			if err != nil {
				return err
			}
			_, body, err := l.send(r, token)
			if err != nil {
				return err
			}
			if bytes.Contains(body, []byte(`"number":"`)) {
				return fmt.Errorf("%s: the request isn't refused: %.400s", w.name, body)
			}
		}
	}
	return nil
}

// rowsOf are the tables that an order is written to, and their columns with the
// order's id.
var rowsOf = [][2]string{{"orders", "id"}, {"order_lines", "order_id"}, {"services", "order_id"}, {"ledger_transactions", "subject_id"},
	{"ledger_entries", "subject_id"}, {"fees", "subject_id"}, {"audit_events", "object_id"}}

var orderID = regexp.MustCompile(`"id":"(ordr_[0-9A-Z]{26})"`)

// written places two orders for the same application, the second of which
// replaces the service of the first, and returns the rows that were written.
// What differs from order to order is replaced.
func (l *load) written(ctx context.Context, db *sql.DB) (rows []string, err error) {
	place := workloads[slices.IndexFunc(workloads, func(w workload) bool { return w.name == "place order" })]
	c := &l.fixture.Customers[0]
	each := len(c.Applications) / l.place.sides
	for n := range 2 {
		r, err := l.request(place, c, -(n+1)*each) // the load counts from 1
		if err != nil {
			return nil, err
		}
		status, body, err := l.send(r, c.Token)
		if err != nil {
			return nil, err
		}
		id := orderID.FindSubmatch(body)
		if status != http.StatusOK || id == nil {
			return nil, fmt.Errorf("no order was placed: %d: %.400s", status, body)
		}
		for _, t := range rowsOf {
			of, err := masked(ctx, db, t[0], fmt.Sprint("order ", n+1), "SELECT * FROM "+t[0]+" WHERE "+t[1]+" = ?", string(id[1]))
			if err != nil {
				return nil, err
			}
			rows = append(rows, of...)
		}
		of, err := masked(ctx, db, "act_keys", fmt.Sprint("order ", n+1), "SELECT * FROM act_keys WHERE answer LIKE ?", "%"+string(id[1])+"%")
		if err != nil {
			return nil, err
		}
		rows = append(rows, of...)
	}
	return rows, nil
}

var anyID = regexp.MustCompile(`\b([a-z]{4})_[0-9A-Z]{26}\b`)

// masked returns rows as text, in which ids are their prefixes, times are hours
// from now, and values of one order only are `*`.
func masked(ctx context.Context, db *sql.DB, table, order, query string, args ...any) (lines []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		line := table + " of " + order + ":"
		for i, v := range values {
			line += " " + columns[i] + "=" + mask(columns[i], v, now)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines, rows.Err()
}

func mask(column string, v any, now time.Time) string {
	switch column {
	case "number", "key", "input_hash", "balance_after_minor", "turn":
		return "*"
	}
	switch v := v.(type) {
	case time.Time:
		return v.Sub(now).Round(time.Hour).String()
	case []byte:
		return anyID.ReplaceAllString(string(v), "$1")
	case string:
		return anyID.ReplaceAllString(v, "$1")
	}
	return fmt.Sprint(v)
}
