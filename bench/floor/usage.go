package floor

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	keyQuery = "SELECT id, role FROM service_keys WHERE secret_hash = ? AND revoked_at IS NULL"

	countedQuery = "SELECT event_id, application_id, metric, quantity_micros, at FROM usage_events WHERE source = ? AND event_id IN ("

	// servicesQuery reads applications with their services and billing periods,
	// the latest first.
	servicesQuery = "SELECT a.id, a.account_id, s.id, s.product_id, s.plan_id, s.status, s.charging, s.opened_at, s.expires_at, s.closed_at, p.billing_period " +
		"FROM applications a LEFT JOIN services s ON s.application_id = a.id LEFT JOIN plans p ON p.id = s.plan_id WHERE a.id IN ("
	servicesOrder = ") ORDER BY s.opened_at DESC, s.id DESC"

	metersQuery = "SELECT p.product_id, c.plan_id, c.metric, c.per, c.unit_price, c.currency, c.effective_from FROM plans p JOIN prices c ON c.plan_id = p.id WHERE c.metric <> ''"

	// signedQuery reads the figures and prices that are signed with accounts.
	signedQuery = "SELECT account_id, figure, value, plan_id, metric, per, from_at, until_at FROM overrides " +
		"WHERE (figure IN ('agreement.zone', 'bill.close_delay') OR metric <> '') AND account_id IN ("
	signedOrder = ") ORDER BY from_at, id"

	periodsQuery = "SELECT id, account_id, product_id, unit, from_at, closes_at, status, quantity_micros, worth FROM usage_periods WHERE from_at IN ("

	// amendmentsQuery reads the versions in force that amend an earlier one without
	// a click: further use accepts them.
	amendmentsQuery = "SELECT t.id FROM terms t WHERE NOT t.explicit AND t.effective_at <= ? " +
		"AND EXISTS (SELECT 1 FROM terms b WHERE b.kind = t.kind AND b.effective_at < t.effective_at) " +
		"AND NOT EXISTS (SELECT 1 FROM terms l WHERE l.kind = t.kind AND l.effective_at > t.effective_at AND l.effective_at <= ?)"

	eventsInsert  = "INSERT INTO usage_events (id, account_id, application_id, service_id, source, event_id, metric, quantity_micros, at, received_at, over_limit) VALUES "
	totalsInsert  = "INSERT INTO usage_totals (id, account_id, application_id, service_id, period_id, metric, hour, quantity_micros) VALUES "
	periodsInsert = "INSERT INTO usage_periods (id, account_id, product_id, unit, from_at, to_at, zone, closes_at, status, events, quantity_micros, worth) VALUES "

	reportAudit = "INSERT INTO audit_events (id, account_id, at, actor_kind, actor_id, acting_as, action, object_id, result, code, clause, ip_address, " +
		"agent, correlation_id, details) VALUES (?, '', ?, 'KEY', ?, 'data-plane', 'reportUsage', '', 'DONE', '', '', ?, ?, ?, ?)"
)

const (
	maxEvents    = 10_000
	maxWord      = 100
	mostMicros   = 10_000_000_000_000        // of an event
	mostTotal    = 9_000_000_000_000_000_000 // of a total, in millionths
	usageLimit   = 4 << 20
	micro        = 1_000_000
	closingDelay = 10 * time.Minute
)

type usageEvent struct {
	Source        string    `json:"source"`
	EventID       string    `json:"eventId"`
	ApplicationID string    `json:"applicationId"`
	Metric        string    `json:"metric"`
	Quantity      string    `json:"quantity"`
	At            time.Time `json:"at"`

	micros  int64
	service *usageService // that measured it; nil if there is none
	period  *usagePeriod
}

type rejection struct {
	Index  int    `json:"index"`
	Code   string `json:"code"`
	Clause string `json:"clause"`
}

type reported struct {
	Accepted   int         `json:"accepted"`
	Duplicates int         `json:"duplicates"`
	Rejected   []rejection `json:"rejected"`
}

type usageService struct {
	id, accountID, product, plan, status, charging, unit string
	opened                                               time.Time
	expires, closed                                      sql.NullTime
}

// metered is a metric that a plan has prices for.
type metered struct{ plan, metric string }

type usagePeriod struct {
	id, account, product, unit, zone string
	from, to, closes                 time.Time
	closed                           bool

	// What the report adds, and what was there before.
	events, micros, worth     int64
	storedMicros, storedWorth int64
}

// reporting is a report that is being processed.
type reporting struct {
	f        *Floor
	tx       *sql.Tx
	ctx      context.Context
	now      time.Time
	events   []usageEvent
	accepted []*usageEvent
	answer   reported
	services map[string][]usageService   // by application; empty for an unknown one
	meters   map[[2]string]bool          // a product and a metric
	prices   map[metered][]meterPrice    // the price list
	signed   map[string]*signedAgreement // by account
	periods  map[periodKey]*usagePeriod
}

func (f *Floor) serveReport(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	body, err := f.report(ctx, r)
	write(w, body, err)
}

// report counts usage events of counters. It counts or rejects each event
// separately, and counts it once by source and id. One transaction holds the
// events, the hourly totals and the periods.
func (f *Floor) report(ctx context.Context, r *http.Request) (any, error) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	hash := sha256.Sum256([]byte(token))
	var keyID, role string
	err := f.statements[keyQuery].QueryRowContext(ctx, hex.EncodeToString(hash[:])).Scan(&keyID, &role)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errUnauthenticated
	}
	if err != nil {
		return nil, err
	}
	if role != "data-plane" {
		return nil, errForbidden
	}
	var in struct {
		Events []usageEvent `json:"events"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, usageLimit)).Decode(&in); err != nil || len(in.Events) < 1 || len(in.Events) > maxEvents {
		return nil, errMalformed
	}
	u := &reporting{f: f, ctx: ctx, now: f.now().UTC().Truncate(time.Microsecond), events: in.Events, answer: reported{Rejected: []rejection{}}}
	if u.tx, err = f.write.BeginTx(ctx, nil); err != nil {
		return nil, err
	}
	defer func() { _ = u.tx.Rollback() }()
	for _, step := range []func() error{u.find, u.agreements, u.findPeriods, u.judge, u.enter, u.write, u.conduct} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	details, err := json.Marshal(map[string]int64{"accepted": int64(u.answer.Accepted), "check": u.check(), "adjustments": 0,
		"duplicates": int64(u.answer.Duplicates), "overLimit": 0, "rejected": int64(len(u.answer.Rejected))})
	if err != nil {
		return nil, err
	}
	address, _, _ := net.SplitHostPort(r.RemoteAddr)
	_, err = u.tx.StmtContext(ctx, f.statements[reportAudit]).ExecContext(ctx, newID("audt"), u.now, keyID, address, r.UserAgent(), newID("corr"), string(details))
	if err != nil {
		return nil, err
	}
	return u.answer, f.commit(u.tx)
}

type counted struct {
	application, metric string
	micros              int64
	at                  time.Time
}

// judge rejects each event, finds it to be a duplicate, or accepts it, in
// order.
func (u *reporting) judge() error {
	bySource := map[string][]string{}
	for _, e := range u.events {
		bySource[e.Source] = append(bySource[e.Source], e.EventID)
	}
	known := make(map[[2]string]counted, len(u.events))
	for source, ids := range bySource {
		err := u.each(countedQuery, ")", []any{source}, ids, func(rows *sql.Rows) error {
			var id string
			var c counted
			err := rows.Scan(&id, &c.application, &c.metric, &c.micros, &c.at)
			known[[2]string{source, id}] = c
			return err
		})
		if err != nil {
			return err
		}
	}
	for i := range u.events {
		e := &u.events[i]
		code, ref := u.malformed(e)
		if code == "" {
			if c, is := known[[2]string{e.Source, e.EventID}]; is {
				if c.application == e.ApplicationID && c.metric == e.Metric && c.micros == e.micros && c.at.Equal(e.At) {
					u.answer.Duplicates++
					continue
				}
				code, ref = "USAGE_CONFLICT", "3.4"
			} else {
				code, ref = u.refuse(e)
			}
		}
		if code != "" {
			u.answer.Rejected = append(u.answer.Rejected, rejection{i, code, ref})
			continue
		}
		known[[2]string{e.Source, e.EventID}] = counted{e.ApplicationID, e.Metric, e.micros, e.At}
		u.accepted = append(u.accepted, e)
	}
	u.answer.Accepted = len(u.accepted)
	return nil
}

// malformed returns why an event can't be understood.
func (u *reporting) malformed(e *usageEvent) (code, ref string) {
	for _, w := range []string{e.Source, e.EventID, e.Metric} {
		if len(w) < 1 || len(w) > maxWord || strings.ContainsFunc(w, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return "INVALID_INPUT", ""
		}
	}
	var ok bool
	if e.micros, ok = micros(e.Quantity); !ok {
		return "USAGE_QUANTITY_INVALID", "3.4"
	}
	if e.At.After(u.now) {
		return "USAGE_IN_FUTURE", "3.4"
	}
	return "", ""
}

// refuse returns why an event that wasn't counted before can't be counted. If it
// can, it adds the event to its period.
func (u *reporting) refuse(e *usageEvent) (code, ref string) {
	switch p := e.period; {
	case u.services[e.ApplicationID] == nil:
		return "USAGE_APPLICATION_UNKNOWN", ""
	case e.service == nil:
		return "USAGE_NO_SERVICE", "3.6"
	case e.micros > mostMicros:
		return "USAGE_QUANTITY_INVALID", "3.4"
	case p == nil:
		return "", ""
	case !u.priced(e):
		return "USAGE_NO_SERVICE", "3.6"
	case p.closed || !u.now.Before(p.closes):
		return "USAGE_PERIOD_CLOSED", "3.4"
	default:
		worth, ok := u.worth(e)
		if !ok || p.storedMicros+p.micros > mostTotal-e.micros || p.storedWorth+p.worth > mostMinor-worth {
			return "USAGE_AMOUNT_TOO_LARGE", "3.4"
		}
		p.events, p.micros, p.worth = p.events+1, p.micros+e.micros, p.worth+worth
	}
	return "", ""
}

// micros parses a number from 0 with at most six decimals.
func micros(s string) (int64, bool) {
	whole, places, _ := strings.Cut(s, ".")
	if len(places) > 6 || len(whole) > 12 || strings.ContainsAny(s, "+-") {
		return 0, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, false
	}
	part, err := strconv.ParseInt((places + "000000")[:6], 10, 64)
	return n*micro + part, err == nil
}
