package floor

import (
	"cmp"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// insert inserts rows, several with each statement.
func (u *reporting) insert(query string, columns, n int, suffix string, row func(i int) []any) error {
	place := "(?" + strings.Repeat(",?", columns-1) + ")"
	for from := 0; from < n; from += 1000 {
		to := min(n, from+1000)
		args := make([]any, 0, (to-from)*columns)
		for i := from; i < to; i++ {
			args = append(args, row(i)...)
		}
		if _, err := u.tx.ExecContext(u.ctx, query+place+strings.Repeat(","+place, to-from-1)+suffix, args...); err != nil {
			return err
		}
	}
	return nil
}

// enter adds the events to their periods, on condition that these are open and
// have room, and creates new periods.
func (u *reporting) enter() error {
	var created, opened []*usagePeriod
	for _, p := range sorted(u.periods) {
		switch {
		case p.events == 0:
		case p.id == "":
			p.id = newID("uper")
			created = append(created, p)
		default:
			opened = append(opened, p)
		}
	}
	if len(opened) > 0 {
		if err := u.add(opened); err != nil {
			return err
		}
	}
	return u.insert(periodsInsert, 12, len(created), "", func(i int) []any {
		p := created[i]
		return []any{p.id, p.account, p.product, p.unit, p.from, p.to, p.zone, p.closes, "OPEN", p.events, p.micros, p.worth}
	})
}

// add adds the events to periods that exist.
func (u *reporting) add(periods []*usagePeriod) error {
	var args, ids []any
	for _, value := range []func(*usagePeriod) int64{
		func(p *usagePeriod) int64 { return p.events },
		func(p *usagePeriod) int64 { return p.micros },
		func(p *usagePeriod) int64 { return p.worth },
	} {
		for _, p := range periods {
			args = append(args, p.id, value(p))
		}
	}
	for _, p := range periods {
		ids = append(ids, p.id)
	}
	args = append(args, ids...)
	for _, p := range periods {
		args = append(args, p.id, mostTotal-p.micros)
	}
	for _, p := range periods {
		args = append(args, p.id, mostMinor-p.worth)
	}
	of := "CASE id" + strings.Repeat(" WHEN ? THEN ?", len(ids)) + " END"
	r, err := u.tx.ExecContext(u.ctx, "UPDATE usage_periods SET events = events + "+of+", quantity_micros = quantity_micros + "+of+", worth = worth + "+of+
		" WHERE id IN (?"+strings.Repeat(",?", len(ids)-1)+") AND status = 'OPEN' AND quantity_micros <= "+of+" AND worth <= "+of, args...)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n != int64(len(ids)) {
		return errors.Join(err, errors.New("floor: a period was closed or filled meanwhile"))
	}
	return nil
}

func sorted(periods map[periodKey]*usagePeriod) []*usagePeriod {
	list := make([]*usagePeriod, 0, len(periods))
	for _, p := range periods {
		list = append(list, p)
	}
	slices.SortFunc(list, func(x, y *usagePeriod) int {
		return cmp.Or(cmp.Compare(x.account, y.account), cmp.Compare(x.product, y.product), cmp.Compare(x.unit, y.unit), x.from.Compare(y.from))
	})
	return list
}

// total is the SQL of a total that grows, to the largest at most.
func total(more string) string {
	most := strconv.FormatInt(mostTotal, 10)
	return "CASE WHEN quantity_micros > " + most + " - " + more + " THEN " + most + " ELSE quantity_micros + " + more + " END"
}

type usageSum struct {
	account, application, service, period, metric string
	hour                                          time.Time
}

// write inserts the events and adds them to their hourly totals.
func (u *reporting) write() error {
	err := u.insert(eventsInsert, 11, len(u.accepted), "", func(i int) []any {
		e := u.accepted[i]
		return []any{newID("usge"), e.service.accountID, e.ApplicationID, e.service.id, e.Source, e.EventID, e.Metric, e.micros, e.At, u.now, false}
	})
	if err != nil {
		return err
	}
	sums := map[usageSum]int64{}
	for _, e := range u.accepted {
		s := usageSum{e.service.accountID, e.ApplicationID, e.service.id, "", e.Metric, e.At.Truncate(time.Hour)}
		if e.period != nil {
			s.period = e.period.id
		}
		sums[s] += e.micros
	}
	list := make([]usageSum, 0, len(sums))
	for s := range sums {
		list = append(list, s)
	}
	slices.SortFunc(list, func(x, y usageSum) int {
		return cmp.Or(cmp.Compare(x.application, y.application), cmp.Compare(x.metric, y.metric), x.hour.Compare(y.hour), cmp.Compare(x.service, y.service))
	})
	return u.insert(totalsInsert, 8, len(list), u.f.onTotal, func(i int) []any {
		s := list[i]
		return []any{newID("usgt"), s.account, s.application, s.service, s.period, s.metric, s.hour, sums[s]}
	})
}

// conduct checks that further use accepts no amendment (0).
func (u *reporting) conduct() error {
	if len(u.accepted) == 0 {
		return nil
	}
	var id string
	switch err := u.tx.StmtContext(u.ctx, u.f.statements[amendmentsQuery]).QueryRowContext(u.ctx, u.now, u.now).Scan(&id); {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return errors.New("floor: no amendment is in force where it is measured")
}
