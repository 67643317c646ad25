package statement

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"entgo.io/ent/dialect"

	"portico/clause"
	"portico/ent"
	"portico/ent/shape"
)

// UsageRow is a usage event to be inserted. It gets its id here.
type UsageRow struct {
	AccountID, ApplicationID, ServiceID string
	Source, EventID, Metric             string
	Micros                              int64
	At                                  time.Time
	// OverLimit marks a level above the plan's limit (2.3).
	OverLimit bool
}

// CountedUsage passes the events of a source to each that were counted before and have
// one of some ids. It leaves out those of accounts that the principal doesn't reach.
func CountedUsage(tx *ent.Tx, source string, ids []string, each func(UsageRow)) error {
	for part := range slices.Chunk(ids, shape.RoundedUp(shape.RowsPerInsert)) {
		query, args := countedQuery(source, part)
		if err := countedUsage(tx, query, args, each); err != nil {
			return err
		}
	}
	return nil
}

// countedQuery fills the list up to a power of two, so that only a few statements are
// kept prepared. Without spaces it isn't taken for a list of ent.
func countedQuery(source string, ids []string) (query string, args []any) {
	size := shape.RoundedUp(len(ids))
	args = make([]any, 1, 1+size)
	args[0] = source
	for _, id := range ids {
		args = append(args, id)
	}
	for len(args) <= size {
		args = append(args, args[len(args)-1])
	}
	return "SELECT account_id, application_id, service_id, event_id, metric, quantity_micros, at, over_limit FROM usage_events WHERE source = ? AND event_id IN (?" +
		strings.Repeat(",?", size-1) + ")", args
}

func countedUsage(tx *ent.Tx, query string, args []any, each func(UsageRow)) (err error) {
	rows, err := tx.QueryContext(tx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	r := UsageRow{Source: args[0].(string)}
	for rows.Next() {
		if err := rows.Scan(&r.AccountID, &r.ApplicationID, &r.ServiceID, &r.EventID, &r.Metric, &r.Micros, &r.At, &r.OverLimit); err != nil {
			return err
		}
		if tx.Reaches(r.AccountID) {
			each(r)
		}
	}
	return rows.Err()
}

// InsertUsage inserts usage events, several with each statement. It returns a
// duplicate error ([IsDuplicate]) if the source and event id of one already
// exist. The principal must reach every account.
func InsertUsage(tx *ent.Tx, rows []*UsageRow) error {
	now := any(tx.Now)
	var account, source, metric lastText
	return insertMany(tx, "INSERT INTO usage_events (id, account_id, application_id, service_id, source, event_id, metric, quantity_micros, at, received_at, over_limit) VALUES ",
		11, "", len(rows), func(i int, args []any) (string, []any) {
			r := rows[i]
			return r.AccountID, append(args, ent.NewID("usge"), account.value(r.AccountID), r.ApplicationID, r.ServiceID, source.value(r.Source), r.EventID,
				metric.value(r.Metric), r.Micros, r.At, now, r.OverLimit)
		})
}

// lastText is the value of a column that is often the same as in the row before. It
// takes memory only where the value changes.
type lastText struct {
	text string
	arg  any
}

func (l *lastText) value(text string) any {
	if l.arg == nil || l.text != text {
		l.text, l.arg = text, text
	}
	return l.arg
}

// UsageSum is an addition to the total of an hour.
type UsageSum struct {
	AccountID, ApplicationID, ServiceID, Metric string
	// PeriodID is the period in which it is billed; empty if it isn't billed.
	PeriodID string
	Hour     time.Time
	Micros   int64
}

// MostMicros is the largest value of a total, in millionths of a unit. At most
// a tenth of it may be added at once.
const MostMicros = 9_000_000_000_000_000_000

// AddUsage adds to hourly totals, several with each statement, and creates
// those that don't exist. A total never exceeds [MostMicros]. The principal
// must reach every account.
func AddUsage(tx *ent.Tx, sums []UsageSum) error {
	grow, of := onConflict(tx.Store().Dialect(), "application_id", "metric", "hour", "service_id", "period_id")
	more, most := of("quantity_micros"), strconv.FormatInt(MostMicros, 10)
	grow += "quantity_micros = CASE WHEN quantity_micros > " + most + " - " + more + " THEN " + most + " ELSE quantity_micros + " + more + " END"
	return insertMany(tx, "INSERT INTO usage_totals (id, account_id, application_id, service_id, period_id, metric, hour, quantity_micros) VALUES ",
		8, grow, len(sums), func(i int, args []any) (string, []any) {
			s := sums[i]
			return s.AccountID, append(args, ent.NewID("usgt"), s.AccountID, s.ApplicationID, s.ServiceID, s.PeriodID, s.Metric, s.Hour, s.Micros)
		})
}

// SetLevels sets gauges to their current values, several with each statement,
// unless a value of a later time is known. A level has no hour and no service,
// and may last longer than a service. The principal must reach every account.
func SetLevels(tx *ent.Tx, levels []UsageRow) error {
	set := " ON CONFLICT (application_id, metric, hour, service_id, period_id) DO UPDATE SET quantity_micros = excluded.quantity_micros, " +
		"level_at = excluded.level_at WHERE level_at <= excluded.level_at"
	if tx.Store().Dialect() == dialect.MySQL { // MySQL sets the columns in this order
		set = " ON DUPLICATE KEY UPDATE quantity_micros = IF(level_at <= VALUES(level_at), VALUES(quantity_micros), quantity_micros), " +
			"level_at = GREATEST(level_at, VALUES(level_at))"
	}
	return insertMany(tx, "INSERT INTO usage_totals (id, account_id, application_id, service_id, period_id, metric, hour, quantity_micros, level_at) VALUES ",
		9, set, len(levels), func(i int, args []any) (string, []any) {
			l := levels[i]
			return l.AccountID, append(args, ent.NewID("usgt"), l.AccountID, l.ApplicationID, "", "", l.Metric, LevelHour, l.Micros, l.At)
		})
}

// LevelHour is stored as the hour of a level, which has none.
var LevelHour = time.Unix(0, 0).UTC()

// PeriodUsage is an addition to a billing period.
type PeriodUsage struct {
	AccountID, PeriodID string
	// Events is the number of events, Micros the sum of their quantities, and
	// Worth the highest amount that they may cost, in minor units.
	Events, Micros, Worth int64
	// MostWorth is the highest permitted amount of the period.
	MostWorth int64
}

// EnterPeriods counts usage in billing periods, several with each statement.
// Every period must belong to the account, be open, and have room for the
// usage; otherwise it returns [ent.ErrStale]. The principal must reach every
// account.
func EnterPeriods(tx *ent.Tx, entries []PeriodUsage) error {
	for part := range slices.Chunk(entries, shape.RowsPerInsert) {
		var events, micros, worth, most, ids, accounts []any
		for _, e := range part {
			if !tx.Reaches(e.AccountID) {
				return clause.NotFound
			}
			events, micros, worth = append(events, e.PeriodID, e.Events), append(micros, e.PeriodID, e.Micros), append(worth, e.PeriodID, e.Worth)
			most = append(most, e.PeriodID, e.MostWorth-e.Worth)
			ids, accounts = append(ids, e.PeriodID), append(accounts, e.AccountID)
		}
		query := "UPDATE"
		if len(part) > 1 { // not kept prepared
			query = "update"
		}
		list := "(?" + strings.Repeat(", ?", len(part)-1) + ")"
		of := "CASE id" + strings.Repeat(" WHEN ? THEN ?", len(part)) + " ELSE 0 END"
		query += " usage_periods SET events = events + " + of + ", quantity_micros = quantity_micros + " + of + ", worth = worth + " + of +
			" WHERE id IN " + list + " AND account_id IN " + list + " AND status = 'OPEN' AND worth <= " + of +
			" AND quantity_micros <= " + strconv.FormatInt(MostMicros, 10) + " - " + of
		r, err := tx.ExecContext(tx, query, slices.Concat(events, micros, worth, ids, accounts, most, micros)...)
		if err != nil {
			return err
		}
		switch n, err := r.RowsAffected(); {
		case err != nil:
			return err
		case n != int64(len(part)):
			return ent.ErrStale
		}
	}
	return nil
}

// insertMany inserts n rows. Row appends the values of one, and returns its account.
func insertMany(tx *ent.Tx, insert string, columns int, suffix string, n int, row func(i int, args []any) (account string, all []any)) error {
	place := "(?" + strings.Repeat(", ?", columns-1) + ")"
	for from, size := 0, 0; from < n; from += shape.InsertSizes[size] {
		for from+shape.InsertSizes[size] > n {
			size++
		}
		rows := shape.InsertSizes[size]
		args := make([]any, 0, rows*columns)
		for i := from; i < from+rows; i++ {
			var account string
			if account, args = row(i, args); !tx.Reaches(account) {
				return clause.NotFound
			}
		}
		if _, err := tx.ExecContext(tx, insert+place+strings.Repeat(", "+place, rows-1)+suffix, args...); err != nil {
			return err
		}
	}
	return nil
}
