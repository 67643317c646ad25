package billing

import (
	"context"
	"strings"
	"unicode/utf8"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/arrears"
	"portico/money"
	"portico/portal/kernel/command"
	"portico/portal/kernel/param"
	"portico/portal/kernel/standing"
)

// Bounds of an extension.
const (
	// mostGrace is the most days for which paid services can continue in
	// arrears.
	mostGrace = 365
	// maxReason is the maximum length of a reason in characters.
	maxReason = 2000
)

const extendCommand = "extendGrace"

// ExtendGrace lets the paid services of an account in arrears continue for
// longer (3.8): the provider may stop them, but need not. The days are counted
// from the beginning of the arrears, so sending the same extension twice has no
// further effect; they can't be shortened. Stopped services resume until the
// new deadline. The customer sees the reason. For the provider's finance staff
// who have no interest in the account. Refusals: INVALID_INPUT, NotInArrears,
// NotLonger.
func ExtendGrace(ctx context.Context, s *ent.Store, in ExtendGraceInput) (*ExtendGracePayload, error) {
	return command.Do(ctx, s, command.Command{Name: extendCommand, Permission: authz.ArrearsExtend,
		Object: in.AccountID, Field: "accountId", Input: in,
	}, func(tx *command.Tx) (*ExtendGracePayload, error) {
		var check clause.Check
		reason := strings.TrimSpace(in.Reason)
		if reason == "" || !utf8.ValidString(reason) || utf8.RuneCountInString(reason) > maxReason {
			check.Add(clause.InvalidField("reason", "须填写，最多 2000 个字符", "is required, with at most 2000 characters"))
		}
		if in.Days < 1 || in.Days > mostGrace {
			check.Add(clause.InvalidField("days", "应为 1 至 365", "must be from 1 to 365"))
		}
		if err := check.Err(); err != nil {
			return nil, err
		}
		account, err := tx.Account.Get(tx, in.AccountID)
		if err != nil {
			return nil, err
		}
		row, err := running(tx.Tx, in.AccountID, money.Currency(account.Currency))
		if err != nil {
			return nil, err
		}
		if row == nil {
			return nil, NotInArrears.At("accountId")
		}
		if row, err = extend(tx, row, int(in.Days), reason); err != nil {
			return nil, err
		}
		return &ExtendGracePayload{Arrears: row}, nil
	})
}

// extend moves the stop of arrears, on condition that nothing else moved it.
func extend(tx *command.Tx, row *db.Arrears, days int, reason string) (*db.Arrears, error) {
	a, err := param.Of(tx, tx.Override, row.AccountID, tx.Now)
	if err != nil {
		return nil, err
	}
	stops, err := a.Deadline(calendar.Days(days), row.BeganAt)
	if err != nil {
		return nil, err
	}
	if !stops.At.After(row.StopsAt) || !stops.At.After(tx.Now) {
		return nil, NotLonger.At("days").With("accountId", row.AccountID).With("stopsAt", shown(row.StopsAt, a.Zone()))
	}
	update := tx.Arrears.Update().Where(arrears.ID(row.ID), arrears.OpenKeyNotNil(), arrears.StopRule(row.StopRule)).
		SetStopsAt(stops.At).SetStopRule(string(stops.Rule)).SetExtendedAt(tx.Now).SetExtendedBy(tx.Principal().ID).SetExtensionReason(reason)
	paused := arrears.HeldAtIsNil()
	if row.HeldAt != nil {
		paused = arrears.HeldAt(*row.HeldAt)
	} else if next, more := nextReminder(tx.Now, stops.At); more {
		update.SetRemindAt(next)
	}
	n, err := update.Where(paused).Save(tx)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, ent.ErrStale
	}
	tx.AuditObject(row.AccountID, row.ID)
	tx.AuditDetail("stopsAt", map[string]any{"before": row.StopsAt, "now": stops.At})
	tx.AuditDetail("reason", reason)
	if row, err = tx.Arrears.Get(tx, row.ID); err != nil {
		return nil, err
	}
	if row.HeldAt == nil {
		if err := standing.Lift(tx.Tx, row.AccountID, Overdue.Code, row.ID); err != nil {
			return nil, err
		}
		if err := restrict(tx.Tx, row); err != nil {
			return nil, err
		}
		if err := updatePause(tx, row); err != nil { // money may have come to wait after the stop (3.5)
			return nil, err
		}
		if row, err = tx.Arrears.Get(tx, row.ID); err != nil {
			return nil, err
		}
	}
	until := shown(stops.At, a.Zone())
	return row, post(tx.Tx, row, clause.Text{ZH: "欠费宽限期已延长", EN: "More time to pay arrears"}, clause.Text{
		ZH: "付费服务可继续使用至 " + until + "。原因：" + reason,
		EN: "Paid services continue until " + until + ". Reason: " + reason})
}
