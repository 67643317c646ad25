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

// InsertBills inserts bills, several with each statement. It returns a duplicate
// error if the number, the period or the span of one is taken. Only the unit that
// writes bills may call it. The principal must reach every account.
func InsertBills(tx *ent.Tx, rows []*db.Bill) error {
	return insertMany(tx, "INSERT INTO bills (id, account_id, number, product_id, period_id, unit, from_at, to_at, status, class, total_minor, "+
		"paid_bonus_minor, paid_cash_minor, currency, provider_body, partner, product_name_zh, product_name_en, account_name, legal_name, zone, sent_at, "+
		"disputable_until, dispute_rule, paid_at, digest_at) VALUES ", 26, "", len(rows), func(i int) (string, []any) {
		b := rows[i]
		return b.AccountID, []any{b.ID, b.AccountID, b.Number, b.ProductID, b.PeriodID, string(b.Unit), b.FromAt, b.ToAt, string(b.Status), string(b.Class),
			b.TotalMinor, b.PaidBonusMinor, b.PaidCashMinor, b.Currency, b.ProviderBody, b.Partner, b.ProductNameZh, b.ProductNameEn, b.AccountName,
			b.LegalName, b.Zone, b.SentAt, b.DisputableUntil, b.DisputeRule, b.PaidAt, b.DigestAt}
	})
}

// InsertBillLines inserts lines of bills, several with each statement. Only the
// unit that writes bills may call it. The principal must reach every account.
func InsertBillLines(tx *ent.Tx, rows []*db.BillLine) error {
	return insertMany(tx, "INSERT INTO bill_lines (id, account_id, bill_id, position, application_id, service_id, metric, plan_name_zh, plan_name_en, "+
		"quantity, unit_price, per, adjusts_from, adjusts_to, amount_minor, currency) VALUES ", 16, "", len(rows), func(i int) (string, []any) {
		l := rows[i]
		return l.AccountID, []any{ent.NewID("bilt"), l.AccountID, l.BillID, l.Position, l.ApplicationID, l.ServiceID, l.Metric, l.PlanNameZh, l.PlanNameEn,
			l.Quantity, l.UnitPrice, l.Per, l.AdjustsFrom, l.AdjustsTo, l.AmountMinor, l.Currency}
	})
}

// InsertBookings inserts chained bookings with their entries, several with each
// statement. It returns a duplicate error if a cause was booked before. Only the
// unit that writes the ledger may call it. The principal must reach every account.
func InsertBookings(tx *ent.Tx, bookings []*db.LedgerTransaction, entries []*db.LedgerEntry) error {
	err := insertMany(tx, "INSERT INTO ledger_transactions (id, account_id, kind, subject_id, cause_key, at, currency, turn, hash) VALUES ",
		9, "", len(bookings), func(i int) (string, []any) {
			t := bookings[i]
			return t.AccountID, []any{t.ID, t.AccountID, t.Kind, t.SubjectID, t.CauseKey, t.At, t.Currency, t.BalanceVersion, t.Hash}
		})
	if err != nil {
		return err
	}
	return insertMany(tx, "INSERT INTO ledger_entries (id, account_id, transaction_id, kind, subject_id, book, customer_side, amount_minor, currency, "+
		"balance_after_minor, turn, at) VALUES ", 12, "", len(entries), func(i int) (string, []any) {
		e := entries[i]
		return e.AccountID, []any{e.ID, e.AccountID, e.TransactionID, e.Kind, e.SubjectID, e.Book, e.CustomerSide, e.AmountMinor, e.Currency,
			e.BalanceAfterMinor, e.Position, e.At}
	})
}

// InsertFees inserts fees of which nothing is invoiced, several with each
// statement. It returns a duplicate error if a subject has one. Only the unit that
// writes the ledger may call it. The principal must reach every account.
func InsertFees(tx *ent.Tx, rows []*db.Fee) error {
	return insertMany(tx, "INSERT INTO fees (id, account_id, subject_id, paid_minor, currency, paid_at) VALUES ", 6, "", len(rows), func(i int) (string, []any) {
		f := rows[i]
		return f.AccountID, []any{ent.NewID("feeo"), f.AccountID, f.SubjectID, f.PaidMinor, f.Currency, f.PaidAt}
	})
}

// InsertEvents inserts audit events of accounts, several with each statement. Only
// the unit that writes the audit may call it. The principal must reach every
// account.
func InsertEvents(tx *ent.Tx, rows []*db.AuditEvent) error {
	return insertMany(tx, "INSERT INTO audit_events (id, account_id, at, actor_kind, actor_id, acting_as, action, object_id, result, code, clause, ip_address, "+
		"agent, correlation_id, details, changes) VALUES ", 16, "", len(rows), func(i int) (string, []any) {
		e := rows[i]
		return e.AccountID, []any{ent.NewID("audt"), e.AccountID, e.At, string(e.ActorKind), e.ActorID, e.ActingAs, e.Action, e.ObjectID, string(e.Result), e.Code,
			e.Clause, e.IPAddress, e.Agent, e.CorrelationID, e.Details, e.Changes}
	})
}

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
