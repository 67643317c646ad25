package statement

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/service"
	"portico/ent/shape"
)

// MeteredHour is the usage of a metric by a service in one hour of a billing
// period, with what a bill's line says of the service; empty if there is no such
// service.
type MeteredHour struct {
	PeriodID, ApplicationID, ServiceID, Metric string
	Hour                                       time.Time
	Micros                                     int64
	PlanID, PlanNameZh, PlanNameEn             string
	Class                                      service.Class
}

const meteredQuery = "SELECT t.period_id, t.application_id, t.service_id, t.metric, t.hour, t.quantity_micros, COALESCE(s.plan_id, ''), " +
	"COALESCE(s.class, ''), COALESCE(p.name_zh, ''), COALESCE(p.name_en, '') " +
	"FROM usage_totals t LEFT JOIN services s ON s.id = t.service_id LEFT JOIN plans p ON p.id = s.plan_id WHERE t.period_id"

// MeteredHours returns the usage of billing periods, in one statement. Only the
// system may call it.
func MeteredHours(ctx context.Context, c *db.Client, periodIDs []string) ([]MeteredHour, error) {
	if !bySystem(ctx) {
		return nil, errNotSystem
	}
	all := make([]MeteredHour, 0, 8*len(periodIDs))
	_, err := each(ctx, c, meteredQuery+listOf(len(periodIDs)), values(periodIDs), func(rows *sql.Rows, _ bool) error {
		var m MeteredHour
		err := rows.Scan(&m.PeriodID, &m.ApplicationID, &m.ServiceID, &m.Metric, &m.Hour, &m.Micros, &m.PlanID, &m.Class, &m.PlanNameZh, &m.PlanNameEn)
		all = append(all, m)
		return err
	})
	return all, err
}

// Holder holds the names of an account and of the legal entity that holds it.
type Holder struct {
	Account string
	// Entity is nil if no legal entity holds the account.
	Entity *string
}

const holdersQuery = "SELECT a.id, a.name, e.name FROM accounts a LEFT JOIN holdings h ON h.open_key = a.id " +
	"LEFT JOIN legal_entities e ON e.id = h.legal_entity_id WHERE a.id"

// Holders returns the names of accounts and of their holders by account, in one
// statement. Only the system may call it.
func Holders(ctx context.Context, c *db.Client, accountIDs []string) (map[string]Holder, error) {
	if !bySystem(ctx) {
		return nil, errNotSystem
	}
	all := make(map[string]Holder, len(accountIDs))
	_, err := each(ctx, c, holdersQuery+listOf(len(accountIDs)), values(accountIDs), func(rows *sql.Rows, _ bool) error {
		var id string
		var h Holder
		err := rows.Scan(&id, &h.Account, &h.Entity)
		all[id] = h
		return err
	})
	return all, err
}

// listOf returns a condition that a column is one of n values; [shape.Of] gives it
// one of a few lengths.
func listOf(n int) string { return shape.InList + strings.Repeat(", ?", n-1) + ")" }

// ChangedBalance is a balance row as it was read and as it becomes.
type ChangedBalance struct{ Was, Is *db.Balance }

// TakeFromBalances changes the cash, the bonus and the chain of balance rows, each
// by one version, on condition that nobody changed the row in the meantime. It
// returns [ent.ErrStale] if somebody did. At most [shape.RowsPerInsert] rows. Only
// the unit that writes the ledger may call it. The principal must reach every
// account.
func TakeFromBalances(tx *ent.Tx, changes []ChangedBalance) error {
	if len(changes) == 0 {
		return nil
	}
	var cash, bonus, head, was, ids, accounts []any
	for _, c := range changes {
		if !tx.Reaches(c.Was.AccountID) {
			return clause.NotFound
		}
		id := c.Was.ID
		cash, bonus = append(cash, id, c.Is.CashMinor), append(bonus, id, c.Is.BonusMinor)
		head, was = append(head, id, c.Is.Head), append(was, id, c.Was.Version)
		ids, accounts = append(ids, id), append(accounts, c.Was.AccountID)
	}
	for n := shape.RoundedUp(len(changes)); len(ids) < n; { // so that there are few texts
		cash, bonus, head, was = append(cash, "", 0), append(bonus, "", 0), append(head, "", ""), append(was, "", 0)
		ids, accounts = append(ids, ids[0]), append(accounts, accounts[0])
	}
	places := "(?" + strings.Repeat(", ?", len(ids)-1) + ")"
	of := "CASE id" + strings.Repeat(" WHEN ? THEN ?", len(ids)) + " END"
	args := append(append(append(append(append(cash, bonus...), head...), ids...), accounts...), was...)
	r, err := tx.ExecContext(tx, "UPDATE balances SET cash_minor = "+of+", bonus_minor = "+of+", head = "+of+
		", head_turn = turn + 1, turn = turn + 1 WHERE id IN "+places+" AND account_id IN "+places+" AND turn = "+of+" AND head_turn = turn", args...)
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err == nil && n != int64(len(changes)) {
		err = ent.ErrStale
	}
	return err
}
