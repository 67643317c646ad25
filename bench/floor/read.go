package floor

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const page = 20

const (
	orderQuery = "SELECT account_id, application_id, number, status, total_minor, currency, free, placed_at FROM orders WHERE id = ?"

	accountQuery = "SELECT name FROM accounts WHERE id = ?"

	ordersQuery = "SELECT o.id, o.number, o.status, o.total_minor, o.currency, o.placed_at, p.id, p.name_zh, p.name_en " +
		"FROM orders o JOIN plans p ON p.id = o.plan_id WHERE o.account_id = ? ORDER BY o.placed_at DESC, o.id DESC LIMIT ?"

	linesStart = "SELECT id, order_id, description_zh, description_en, quantity, unit_price, amount_minor, currency " +
		"FROM order_lines WHERE account_id = ? AND order_id IN ("
)

var (
	linesQuery = linesStart + strings.Repeat("?,", page-1) + "?) ORDER BY order_id, position"
	reads      = []string{sessionQuery, orderQuery, accountQuery, ordersQuery, linesQuery, keyQuery}
)

type amount struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// amountOf converts minor units of a currency with two decimals to an amount.
func amountOf(minor int64, currency string) amount {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	cents := strconv.FormatInt(minor%100, 10)
	if len(cents) < 2 {
		cents = "0" + cents
	}
	return amount{sign + strconv.FormatInt(minor/100, 10) + "." + cents, currency}
}

type order struct {
	ID       string    `json:"id"`
	Number   string    `json:"number"`
	Status   string    `json:"status"`
	Total    amount    `json:"total"`
	Free     *bool     `json:"free,omitempty"`
	PlacedAt time.Time `json:"placedAt"`
	Plan     *plan     `json:"plan,omitempty"`
	Lines    []line    `json:"lines,omitempty"`
}

type plan struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type line struct {
	ID          string `json:"id"`
	Description string `json:"description"`
	Quantity    string `json:"quantity"`
	UnitPrice   string `json:"unitPrice"`
	Amount      amount `json:"amount"`
}

// point returns one order.
func (f *Floor) point(ctx context.Context, p *who, r *http.Request) (any, error) {
	o := order{ID: r.PathValue("id")}
	var account, application, currency string
	var minor int64
	var free bool
	err := f.statements[orderQuery].QueryRowContext(ctx, o.ID).Scan(&account, &application, &o.Number, &o.Status, &minor, &currency, &free, &o.PlacedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNotFound
	}
	if err != nil {
		return nil, err
	}
	if _, err := p.may("order:read", account, application); err != nil {
		return nil, err
	}
	o.Total, o.Free = amountOf(minor, currency), &free
	return o, nil
}

type orders struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Orders  []order `json:"orders"`
	HasNext bool    `json:"hasNextPage"`
}

// list returns the newest orders of an account with plans and lines.
func (f *Floor) list(ctx context.Context, p *who, r *http.Request) (any, error) {
	answer := orders{ID: r.PathValue("id"), Orders: make([]order, 0, page)}
	if _, err := p.may("account:read", answer.ID, ""); err != nil {
		return nil, err
	}
	if _, err := p.may("order:read", answer.ID, ""); err != nil {
		return nil, err
	}
	chinese := strings.HasPrefix(r.Header.Get("Accept-Language"), "zh")
	if err := f.statements[accountQuery].QueryRowContext(ctx, answer.ID).Scan(&answer.Name); err != nil {
		return nil, err
	}
	if err := f.orders(ctx, &answer, chinese); err != nil || len(answer.Orders) == 0 {
		return answer, err
	}
	return answer, f.lines(ctx, &answer, chinese)
}

func (f *Floor) orders(ctx context.Context, answer *orders, chinese bool) error {
	rows, err := f.statements[ordersQuery].QueryContext(ctx, answer.ID, page+1)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var o order
		var pl plan
		var minor int64
		var currency, zh, en string
		if err := rows.Scan(&o.ID, &o.Number, &o.Status, &minor, &currency, &o.PlacedAt, &pl.ID, &zh, &en); err != nil {
			return err
		}
		if len(answer.Orders) == page {
			answer.HasNext = true
			break
		}
		if pl.Name = en; chinese {
			pl.Name = zh
		}
		o.Total, o.Plan = amountOf(minor, currency), &pl
		answer.Orders = append(answer.Orders, o)
	}
	return rows.Err()
}

func (f *Floor) lines(ctx context.Context, answer *orders, chinese bool) error {
	args := make([]any, 1, page+1)
	args[0] = answer.ID
	at := make(map[string]*order, page)
	for i := range answer.Orders {
		o := &answer.Orders[i]
		args, at[o.ID] = append(args, o.ID), o
	}
	rows, err := f.inPage(ctx, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var l line
		var of, zh, en, currency string
		var minor int64
		if err := rows.Scan(&l.ID, &of, &zh, &en, &l.Quantity, &l.UnitPrice, &minor, &currency); err != nil {
			return err
		}
		if l.Description = en; chinese {
			l.Description = zh
		}
		l.Amount = amountOf(minor, currency)
		at[of].Lines = append(at[of].Lines, l)
	}
	return rows.Err()
}

func (f *Floor) inPage(ctx context.Context, args []any) (*sql.Rows, error) {
	if len(args) == page+1 {
		return f.statements[linesQuery].QueryContext(ctx, args...)
	}
	q := linesStart + strings.Repeat("?,", len(args)-2) + "?) ORDER BY order_id, position"
	return f.read.QueryContext(ctx, q, args...)
}
