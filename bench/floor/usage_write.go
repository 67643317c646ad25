package floor

import (
	"cmp"
	"errors"
	"slices"
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

// enter counts the events in their periods, on condition that these are open,
// and creates new periods.
func (u *reporting) enter() error {
	var created []*usagePeriod
	var ids, cases []any
	for _, p := range sorted(u.periods) {
		switch {
		case p.events == 0:
		case p.id == "":
			p.id = newID("uper")
			created = append(created, p)
		default:
			cases, ids = append(cases, p.id, p.events), append(ids, p.id)
		}
	}
	if len(ids) > 0 {
		r, err := u.tx.ExecContext(u.ctx, "UPDATE usage_periods SET events = events + CASE id"+strings.Repeat(" WHEN ? THEN ?", len(ids))+
			" END WHERE id IN (?"+strings.Repeat(",?", len(ids)-1)+") AND status = 'OPEN'", append(cases, ids...)...)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n != int64(len(ids)) {
			return errors.Join(err, errors.New("floor: a period was closed meanwhile"))
		}
	}
	return u.insert(periodsInsert, 9, len(created), "", func(i int) []any {
		p := created[i]
		return []any{p.id, p.account, p.product, p.unit, p.from, p.to, p.closes, "OPEN", p.events}
	})
}

func sorted(periods map[string]*usagePeriod) []*usagePeriod {
	list := make([]*usagePeriod, 0, len(periods))
	for _, p := range periods {
		list = append(list, p)
	}
	slices.SortFunc(list, func(x, y *usagePeriod) int {
		return cmp.Or(cmp.Compare(x.account, y.account), cmp.Compare(x.product, y.product), cmp.Compare(x.unit, y.unit), x.from.Compare(y.from))
	})
	return list
}

type usageSum struct {
	account, application, service, period, metric string
	hour                                          time.Time
}

// write inserts the events and adds them to their hourly totals.
func (u *reporting) write() error {
	err := u.insert(eventsInsert, 10, len(u.accepted), "", func(i int) []any {
		e := u.accepted[i]
		return []any{newID("usge"), e.accountID, e.ApplicationID, e.serviceID, e.Source, e.EventID, e.Metric, e.micros, e.At, u.now}
	})
	if err != nil {
		return err
	}
	sums := map[usageSum]int64{}
	for _, e := range u.accepted {
		s := usageSum{e.accountID, e.ApplicationID, e.serviceID, "", e.Metric, e.At.Truncate(time.Hour)}
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
