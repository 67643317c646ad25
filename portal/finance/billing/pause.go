package billing

import (
	"portico/calendar"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/arrears"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
	"portico/portal/kernel/param"
	"portico/portal/kernel/standing"
)

// covered reports whether money waits in suspense that would pay everything
// that an account owes in a currency (3.5). It is called after a booking that
// changed either amount; two such bookings conflict on the account's balance
// row.
func covered(tx *ent.Tx, accountID string, c money.Currency) (bool, error) {
	b, err := ledger.Available(tx, accountID, c)
	return !b.Arrears.IsZero() && !b.Suspense.Less(b.Arrears), err
}

// updatePause pauses the stop of arrears while waiting money would cover them,
// and resumes it when there is no such money any more (3.5). Services that are
// already stopped stay so until the arrears are paid.
func updatePause(tx *command.Tx, row *db.Arrears) error {
	waits, err := covered(tx.Tx, row.AccountID, money.Currency(row.Currency))
	switch {
	case err != nil, waits == (row.HeldAt != nil):
		return err
	case !waits:
		return resume(tx, row)
	case !row.StopsAt.After(tx.Now):
		return nil
	}
	n, err := tx.Arrears.Update().Where(arrears.ID(row.ID), arrears.OpenKeyNotNil(), arrears.HeldAtIsNil(), arrears.StopRule(row.StopRule)).
		SetHeldAt(tx.Now).ClearRemindAt().Save(tx)
	if err != nil {
		return err
	}
	if n == 0 {
		return ent.ErrStale
	}
	tx.AuditDetail("stopHeld", row.ID)
	return standing.Lift(tx.Tx, row.AccountID, Overdue.Code, row.ID)
}

// resume ends the pause of a stop. The days on which money waited are added to
// those of grace, so that as many are left as before the pause. The owner is
// notified.
func resume(tx *command.Tx, row *db.Arrears) error {
	a, err := param.Of(tx, tx.Override, row.AccountID, tx.Now)
	if err != nil {
		return err
	}
	rule, err := calendar.Rule(row.StopRule).Longer(a.Zone().Day(*row.HeldAt).DaysUntil(a.Zone().Day(tx.Now)))
	if err != nil {
		return err
	}
	stops, err := a.Deadline(rule, row.BeganAt)
	if err != nil {
		return err
	}
	update := tx.Arrears.Update().Where(arrears.ID(row.ID), arrears.OpenKeyNotNil(), arrears.HeldAt(*row.HeldAt), arrears.StopRule(row.StopRule)).
		SetStopsAt(stops.At).SetStopRule(string(stops.Rule)).ClearHeldAt().AddReminded(1)
	if next, more := nextReminder(tx.Now, stops.At); more {
		update.SetRemindAt(next)
	}
	n, err := update.Save(tx)
	if err != nil {
		return err
	}
	if n == 0 {
		return ent.ErrStale
	}
	if row, err = tx.Arrears.Get(tx, row.ID); err != nil {
		return err
	}
	tx.AuditDetail("stopsAt", row.StopsAt)
	if err := restrict(tx.Tx, row); err != nil {
		return err
	}
	return remind(tx.Tx, row, a.Zone())
}

// nothingStopped reports whether arrears have stopped nothing yet, because
// money that would cover them has waited since they began.
func nothingStopped(row *db.Arrears) bool { return row.HeldAt != nil && row.HeldAt.Equal(row.BeganAt) }
