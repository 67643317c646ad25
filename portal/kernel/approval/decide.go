package approval

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
	"unicode/utf8"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/approval"
	"portico/portal/kernel/command"
	"portico/text"
)

const (
	// mostReason is how long a reason may be, in characters.
	mostReason = 2000
	// runTime is how long the request of the decider has to run what it approved,
	// before the job does.
	runTime = time.Minute
)

// decision is the input of a decision, as an idempotency key compares it.
type decision struct {
	ApprovalID string `json:"approvalId"`
	Approve    bool   `json:"approve"`
	Reason     string `json:"reason"`
}

// DecidePayload is the answer of [Decide] and [Withdraw].
type DecidePayload struct {
	clause.Answer
	// Approval is the approval with its decision and, as far as it has run, its
	// outcome.
	Approval *db.Approval `json:"approval"`
}

// Decide approves or rejects what waits. For persons who hold the approval's
// permission on its object now, and never for the person that asked. A rejection
// needs a reason, of at most 2,000 characters. The decision is committed first;
// then an approved command runs as the person that asked, with everything decided
// again, and its outcome is DONE or REFUSED. Where the run fails or is cut off, the
// status stays APPROVED and the job [Run] finishes it. Refusals: NOT_FOUND,
// [OwnApproval], [ApprovalDecided], [ApprovalExpired], INVALID_INPUT at reason.
func Decide(ctx context.Context, s *ent.Store, id string, approve bool, reason string) (*DecidePayload, error) {
	perm, err := permission(ctx, s, id)
	if err != nil {
		return nil, err
	}
	p, err := command.Do(ctx, s, command.Command{Name: "decideApproval", Permission: perm, Object: id, Field: "approvalId",
		Input: decision{id, approve, reason}}, func(tx *command.Tx) (*DecidePayload, error) {
		row := tx.Found().(*db.Approval)
		switch {
		case row.Permission != perm.String(): // it wasn't there a moment ago
			return nil, clause.NotFound.At("approvalId")
		case tx.Principal().Kind != authz.Person:
			return nil, authz.Forbid(tx.Principal(), perm)
		case row.AskedBy == tx.Principal().ID:
			return nil, OwnApproval.At("approvalId")
		}
		why := text.Clean(reason)
		if !approve && why == "" || utf8.RuneCountInString(why) > mostReason {
			return nil, clause.InvalidField("reason", fmt.Sprintf("拒绝时须填写理由，理由最多 %d 个字符。", mostReason),
				fmt.Sprintf("a rejection needs a reason, and a reason has at most %d characters.", mostReason))
		}
		tx.AuditDetail("operation", row.Operation)
		tx.AuditDetail("askedBy", row.AskedBy)
		if approve {
			return end(tx, row, approval.StatusAPPROVED, why, func(u *db.ApprovalUpdate) { u.SetDueAt(tx.Now.Add(runTime)) })
		}
		return end(tx, row, approval.StatusREJECTED, why, func(*db.ApprovalUpdate) {})
	})
	if err != nil || p.Approval == nil || p.Approval.Status != approval.StatusAPPROVED {
		return p, err
	}
	if err := run(ctx, s, p.Approval); err != nil {
		slog.ErrorContext(ctx, "approved command not run", "approval", id, "operation", p.Approval.Operation, "error", err)
	}
	p.Approval, err = s.Read().Approval.Get(ctx, id)
	return p, err
}

// Withdraw takes back what waits. For the person that asked alone. Refusals:
// NOT_FOUND, [ApprovalDecided], [ApprovalExpired].
func Withdraw(ctx context.Context, s *ent.Store, id string) (*DecidePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "withdrawApproval", SignedIn: true, Object: id, Field: "approvalId", Input: id},
		func(tx *command.Tx) (*DecidePayload, error) {
			n, o, err := command.Find(tx, tx.Client(), id)
			if errors.Is(err, clause.NotFound) {
				return nil, clause.NotFound.At("approvalId")
			}
			if err != nil {
				return nil, err
			}
			row, ok := n.(*db.Approval)
			if !ok || row.AskedBy != tx.Principal().ID {
				return nil, clause.NotFound.At("approvalId")
			}
			tx = tx.Within(o.AccountID)
			tx.AuditObject(o.AccountID, id)
			return end(tx, row, approval.StatusWITHDRAWN, "", func(*db.ApprovalUpdate) {})
		})
}

// end ends the waiting of an approval that is open, by whoever acts.
func end(tx *command.Tx, row *db.Approval, to approval.Status, why string, set func(*db.ApprovalUpdate)) (*DecidePayload, error) {
	switch {
	case row.Status != approval.StatusREQUESTED:
		return nil, ApprovalDecided.At("approvalId").With("status", row.Status.String())
	case Expired(row, tx.Now):
		return nil, ApprovalExpired.At("approvalId").With("expiresAt", row.ExpiresAt)
	}
	moved, err := move(tx.Tx, row.ID, approval.StatusREQUESTED, to, func(u *db.ApprovalUpdate) {
		u.SetDecidedBy(tx.Principal().ID).SetDecidedAt(tx.Now)
		if why != "" {
			u.SetReason(why)
		}
		set(u)
	})
	if err != nil {
		return nil, err
	}
	if !moved { // somebody else was faster
		return nil, ent.ErrStale
	}
	tx.AuditDetail("decision", to)
	row, err = tx.Approval.Get(tx, row.ID)
	return &DecidePayload{Approval: row}, err
}

// Expired reports whether an approval that waits can't be decided any more at an
// instant.
func Expired(row *db.Approval, now time.Time) bool {
	return row.Status == approval.StatusREQUESTED && !now.Before(row.ExpiresAt)
}

// permission is the one that decides about an approval. Of an approval that isn't
// there for the principal it is some permission: the command then finds nothing.
func permission(ctx context.Context, s *ent.Store, id string) (authz.Permission, error) {
	row, err := s.Read().Approval.Query().Where(approval.ID(id)).Only(ctx)
	if db.IsNotFound(err) {
		return authz.AccountRead, nil
	}
	if err != nil {
		return authz.None, err
	}
	perm, ok := authz.ParsePermission(row.Permission)
	if !ok {
		return authz.None, errors.New("approval: no permission " + row.Permission)
	}
	return perm, nil
}
