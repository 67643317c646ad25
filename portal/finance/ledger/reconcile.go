package ledger

import (
	"context"
	"log/slog"
	"time"

	"portico/ent"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
)

const (
	reconcileName  = "ledger.reconcile"
	reconcileEvery = 24 * time.Hour
)

// Reconcile is the job that runs [Check] once a day of wall time. It logs each
// finding as an error, and counts them in the audit. It is due a day after its
// last run.
func Reconcile(more ...Rule) job.Job {
	return job.Periodic(reconcileName, reconcileEvery, func(ctx context.Context, s *ent.Store) (int, error) { return reconcile(ctx, s, more) })
}

func reconcile(ctx context.Context, s *ent.Store, more []Rule) (int, error) {
	found, err := Check(ctx, s, more...)
	if err != nil {
		return 0, err
	}
	for _, f := range found {
		slog.ErrorContext(ctx, "ledger check", "rule", f.Rule, "account_id", f.AccountID, "subject", f.Subject, "problem", f.Problem,
			"want_minor", f.Want, "have_minor", f.Have, "currency", f.Currency)
	}
	_, err = command.Do(ctx, s, command.Command{Name: "checkLedger"}, func(tx *command.Tx) (int, error) {
		tx.AuditDetail("findings", len(found))
		return len(found), nil
	})
	return 1, err
}
