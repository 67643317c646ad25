package ledger

import (
	"context"
	"log/slog"
	"time"

	"portico/ent"
	"portico/portal/act"
	"portico/portal/job"
)

const (
	reconcileName  = "ledger.reconcile"
	reconcileEvery = 24 * time.Hour
)

// Reconcile is the job that runs [Check] once a day of wall time. What it finds
// is logged as an error, a line each, and counted in the audit. It is due a day
// after it was last done.
func Reconcile() job.Job {
	return job.Job{Name: reconcileName, Next: nextReconcile, Run: reconcile, OnWall: true}
}

func nextReconcile(ctx context.Context, s *ent.Store) (time.Time, bool, error) {
	at, err := job.DueAfter(ctx, s, reconcileName, reconcileEvery)
	return at, err == nil, err
}

func reconcile(ctx context.Context, s *ent.Store) (int, error) {
	found, err := Check(ctx, s)
	if err != nil {
		return 0, err
	}
	for _, f := range found {
		slog.ErrorContext(ctx, "ledger check", "rule", f.Rule, "account_id", f.AccountID, "subject", f.Subject,
			"want_minor", f.Want, "have_minor", f.Have, "currency", f.Currency)
	}
	_, err = act.Do(ctx, s, act.Command{Name: "checkLedger"}, func(tx *ent.Tx) (int, error) {
		tx.Detail("findings", len(found))
		return len(found), job.MarkDone(tx, reconcileName)
	})
	return 1, err
}
