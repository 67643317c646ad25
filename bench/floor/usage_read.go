package floor

import (
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// each reads the rows of a query whose last parameters form a list.
func (u *reporting) each(query, end string, first []any, list []string, row func(*sql.Rows) error) error {
	for some := range slices.Chunk(list, 1000) {
		args := slices.Clone(first)
		for _, s := range some {
			args = append(args, s)
		}
		rows, err := u.tx.QueryContext(u.ctx, query+"?"+strings.Repeat(",?", len(some)-1)+end, args...)
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

func (u *reporting) find() error {
	seen := map[string]bool{}
	var ids []string
	for _, e := range u.events {
		if !seen[e.ApplicationID] {
			seen[e.ApplicationID] = true
			ids = append(ids, e.ApplicationID)
		}
	}
	u.services, u.meters, u.prices = map[string][]usageService{}, map[[2]string]bool{}, map[metered][]meterPrice{}
	err := u.each(servicesQuery, servicesOrder, nil, ids, func(rows *sql.Rows) error {
		var app, account string
		var id, product, plan, status, charging, unit sql.NullString
		var opened, expires, closed sql.NullTime
		if err := rows.Scan(&app, &account, &id, &product, &plan, &status, &charging, &opened, &expires, &closed, &unit); err != nil {
			return err
		}
		u.services[app] = append(u.services[app], usageService{id.String, account, product.String, plan.String, status.String, charging.String, unit.String,
			opened.Time.Truncate(time.Second), expires, closed})
		return nil
	})
	if err != nil {
		return err
	}
	rows, err := u.tx.StmtContext(u.ctx, u.f.statements[metersQuery]).QueryContext(u.ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var product, per, unit, currency string
		var m metered
		var from time.Time
		if err := rows.Scan(&product, &m.plan, &m.metric, &per, &unit, &currency, &from); err != nil {
			return err
		}
		u.meters[[2]string{product, m.metric}] = true
		u.prices[m] = append(u.prices[m], meterPrice{rateOf(per, unit), from, sql.NullTime{}})
	}
	return rows.Err()
}

// agreements reads the figures and prices that are signed with the accounts.
func (u *reporting) agreements() error {
	u.signed = map[string]*signedAgreement{}
	for _, list := range u.services {
		if id := list[0].accountID; u.signed[id] == nil {
			u.signed[id] = &signedAgreement{zone: u.f.zone, delay: closingDelay}
		}
	}
	return u.each(signedQuery, signedOrder, nil, slices.Collect(maps.Keys(u.signed)), func(rows *sql.Rows) error {
		var account, figure, value, per string
		var m metered
		var from time.Time
		var until sql.NullTime
		err := rows.Scan(&account, &figure, &value, &m.plan, &m.metric, &per, &from, &until)
		a := u.signed[account]
		switch {
		case err != nil:
		case m.metric != "":
			if a.prices == nil {
				a.prices = map[metered][]meterPrice{}
			}
			a.prices[m] = append(a.prices[m], meterPrice{rateOf(per, value), from, until})
		case from.After(u.now) || until.Valid && !until.Time.After(u.now):
		case figure == "agreement.zone":
			a.zone, err = time.LoadLocation(value)
		default:
			a.delay, err = time.ParseDuration(value)
		}
		return err
	})
}

// measuring returns the service that an event belongs to.
func (u *reporting) measuring(e *usageEvent) *usageService {
	for i := range u.services[e.ApplicationID] {
		s := &u.services[e.ApplicationID][i]
		if u.meters[[2]string{s.product, e.Metric}] && !e.At.Before(s.opened) && (!s.expires.Valid || e.At.Before(s.expires.Time)) &&
			(s.status == "RUNNING" || !s.closed.Valid || e.At.Before(s.closed.Time)) {
			return s
		}
	}
	return nil
}

// findPeriods finds the service and period of each event, and reads which
// periods exist.
func (u *reporting) findPeriods() error {
	u.periods = map[periodKey]*usagePeriod{}
	begins := map[time.Time]bool{}
	for i := range u.events {
		e := &u.events[i]
		e.At = e.At.UTC().Truncate(time.Microsecond)
		s := u.measuring(e)
		if s == nil {
			continue
		}
		if e.service = s; s.charging != "METERED" {
			continue
		}
		a := u.signed[s.accountID]
		from, to := spanOf(e.At.In(a.zone), s.unit)
		key := periodKey{s.accountID, s.product, s.unit, from}
		if e.period = u.periods[key]; e.period == nil {
			e.period = &usagePeriod{account: s.accountID, product: s.product, unit: s.unit, zone: a.zone.String(), from: from, to: to, closes: to.Add(a.delay)}
			u.periods[key], begins[from] = e.period, true
		}
	}
	if len(begins) == 0 {
		return nil
	}
	var first []any
	for at := range begins {
		first = append(first, at)
	}
	accounts := map[string]bool{}
	for _, p := range u.periods {
		accounts[p.account] = true
	}
	list := make([]string, 0, len(accounts))
	for a := range accounts {
		list = append(list, a)
	}
	query := periodsQuery + "?" + strings.Repeat(",?", len(begins)-1) + ") AND account_id IN ("
	return u.each(query, ")", first, list, func(rows *sql.Rows) error {
		var p usagePeriod
		var status string
		if err := rows.Scan(&p.id, &p.account, &p.product, &p.unit, &p.from, &p.closes, &status, &p.storedMicros, &p.storedWorth); err != nil {
			return err
		}
		if known := u.periods[periodKey{p.account, p.product, p.unit, p.from.UTC()}]; known != nil {
			known.id, known.closes, known.closed = p.id, p.closes, status == "CLOSED"
			known.storedMicros, known.storedWorth = p.storedMicros, p.storedWorth
		}
		return nil
	})
}

// periodKey identifies a period.
type periodKey struct {
	account, product, unit string
	from                   time.Time
}

func spanOf(at time.Time, unit string) (from, to time.Time) {
	y, m, d := at.Date()
	switch unit {
	case "HOUR":
		past := time.Duration(at.Minute())*time.Minute + time.Duration(at.Second())*time.Second + time.Duration(at.Nanosecond())
		from = at.Add(-past)
		to = from.Add(time.Hour)
	case "DAY":
		from, to = time.Date(y, m, d, 0, 0, 0, 0, at.Location()), time.Date(y, m, d+1, 0, 0, 0, 0, at.Location())
	default:
		from, to = time.Date(y, m, 1, 0, 0, 0, 0, at.Location()), time.Date(y, m+1, 1, 0, 0, 0, 0, at.Location())
	}
	return from.UTC(), to.UTC()
}
