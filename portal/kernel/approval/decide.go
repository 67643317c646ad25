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
	"portico/portal/kernel/standing"
	"portico/text"
)

const (
	// mostRemark is how long a comment or a reason may be, in characters.
	mostRemark = 2000
	// runTime is how long the request of the decider has to run what it approved,
	// before the job does.
	runTime = time.Minute
)

// DecideApproval approves or rejects what waits. For persons who hold the
// approval's permission on its object now, with a limit that covers its amount, and
// never for the person that asked. A rejection needs a comment. The decision is
// committed first; then an approved command runs as the person that asked, with
// everything decided again, and its outcome is DONE or REFUSED. Where the run fails
// or is cut off, the status stays APPROVED and the job [Run] finishes it. Refusals:
// NOT_FOUND, [OwnApproval], [ApprovalDecided], [ApprovalExpired], [ApprovalAboveLimit],
// INVALID_INPUT at comment.
func DecideApproval(ctx context.Context, s *ent.Store, in DecideApprovalInput) (*DecideApprovalPayload, error) {
	perm, err := permission(ctx, s, in.ApprovalID)
	if err != nil {
		return nil, err
	}
	p, err := command.Do(ctx, s, command.Command{Name: "decideApproval", Permission: perm, Object: in.ApprovalID, Field: "approvalId",
		Input: in}, func(tx *command.Tx) (*DecideApprovalPayload, error) {
		row := tx.Found().(*db.Approval)
		if row.Permission != perm.String() { // it wasn't there a moment ago
			return nil, clause.NotFound.At("approvalId")
		}
		if err := mayDecide(tx.Principal(), row, perm, tx.Now, tx.Wall); err != nil {
			return nil, err
		}
		why, err := remark(in.Comment, in.Decision == Reject)
		if err != nil {
			return nil, err
		}
		tx.AuditDetail("operation", row.Operation)
		tx.AuditDetail("askedBy", row.AskedBy)
		if in.Decision == Approve {
			row, err = end(tx, row, approval.StatusAPPROVED, why, func(u *db.ApprovalUpdate) { u.SetDueAt(tx.Now.Add(runTime)) })
		} else {
			row, err = end(tx, row, approval.StatusREJECTED, why, func(*db.ApprovalUpdate) {})
		}
		return &DecideApprovalPayload{Approval: row}, err
	})
	if err != nil || p.Approval == nil || p.Approval.Status != approval.StatusAPPROVED {
		return p, err
	}
	if err := run(ctx, s, p.Approval); err != nil {
		slog.ErrorContext(ctx, "approved command not run", "approval", in.ApprovalID, "operation", p.Approval.Operation, "error", err)
	}
	p.Approval, err = s.Read().Approval.Get(ctx, in.ApprovalID)
	return p, err
}

// mayDecide refuses who can't decide about an approval although it holds its
// permission: no person, the person that asked, and whose limit is too low. What it
// approves counts under the grant of who asked, so a grant with a monthly limit, which
// it would get round, doesn't decide about what costs something.
func mayDecide(p *authz.Principal, row *db.Approval, perm authz.Permission, now, wall time.Time) error {
	switch {
	case p.Kind != authz.Person:
		return authz.Forbid(p, perm)
	case row.AskedBy == p.ID:
		return OwnApproval.At("approvalId")
	case row.Spending == nil || p.Operator.Has(perm):
		return nil
	}
	for _, g := range p.Usable(perm, command.ObjectOf(row), now, wall) {
		if g.MonthlyLimit == nil && (g.SpendingLimit == nil || *row.Spending <= *g.SpendingLimit) {
			return nil
		}
	}
	return ApprovalAboveLimit.At("approvalId")
}

// CanDecide reports whether a principal could decide about an approval now. The
// restrictions are those that are due on the approval's account.
func CanDecide(p *authz.Principal, row *db.Approval, due []*db.Restriction, now, wall time.Time) bool {
	perm, known := authz.ParsePermission(row.Permission)
	o := command.ObjectOf(row)
	if !known || StateOf(row, now) != Pending || !p.Allows(perm, o, now) || mayDecide(p, row, perm, now, wall) != nil {
		return false
	}
	_, denied := standing.Denial(due, perm, o)
	return !denied
}

// WithdrawApproval takes back what waits. For the person that asked alone.
// Refusals: NOT_FOUND, [ApprovalDecided], [ApprovalExpired].
func WithdrawApproval(ctx context.Context, s *ent.Store, in WithdrawApprovalInput) (*WithdrawApprovalPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "withdrawApproval", SignedIn: true, Object: in.ApprovalID, Field: "approvalId", Input: in},
		func(tx *command.Tx) (*WithdrawApprovalPayload, error) {
			n, o, err := command.Find(tx, tx.Client(), in.ApprovalID)
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
			tx.AuditObject(o.AccountID, in.ApprovalID)
			row, err = end(tx, row, approval.StatusWITHDRAWN, "", func(*db.ApprovalUpdate) {})
			return &WithdrawApprovalPayload{Approval: row}, err
		})
}

// AskedAfter returns the instant after which every approval was asked for that can be
// decided at an instant.
func AskedAfter(now time.Time) time.Time { return now.Add(-lifetime) }

// AskedBy returns the ids of the approvals that a person asked for on an account and that
// nobody has decided, oldest first.
func AskedBy(ctx context.Context, c *db.Client, accountID, personID string, now time.Time) ([]string, error) {
	return c.Approval.Query().Where(approval.AccountID(accountID), approval.AskedBy(personID), approval.StatusEQ(approval.StatusREQUESTED),
		approval.AskedAtGT(AskedAfter(now))).Order(db.Asc(approval.FieldAskedAt, approval.FieldID)).IDs(ctx)
}

// Leave is the step that takes back what a person who leaves an account asked for there
// ([AskedBy]): it would be refused, or be done once the person is employed anew.
func Leave(tx *command.Tx, ids []string) error {
	n, err := move(tx.Tx, ids, approval.StatusREQUESTED, approval.StatusWITHDRAWN, func(u *db.ApprovalUpdate) { u.SetDecidedAt(tx.Now) })
	if err == nil && n != len(ids) { // somebody decided meanwhile
		return ent.ErrStale
	}
	return err
}

// remark returns a comment as it is kept. The refusal is INVALID_INPUT.
func remark(given *string, needed bool) (string, error) {
	kept := ""
	if given != nil {
		kept = text.Clean(*given)
	}
	if needed && kept == "" || utf8.RuneCountInString(kept) > mostRemark {
		return "", clause.InvalidField("comment", fmt.Sprintf("拒绝时须填写理由；最多 %d 个字符。", mostRemark),
			fmt.Sprintf("a rejection needs a comment, and a comment has at most %d characters.", mostRemark))
	}
	return kept, nil
}

// end ends the waiting of an approval that is open, by whoever acts.
func end(tx *command.Tx, row *db.Approval, to approval.Status, why string, set func(*db.ApprovalUpdate)) (*db.Approval, error) {
	switch {
	case row.Status == approval.StatusEXPIRED, Expired(row, tx.Now):
		return nil, ApprovalExpired.At("approvalId").With("expiresAt", row.ExpiresAt)
	case row.Status != approval.StatusREQUESTED:
		return nil, ApprovalDecided.At("approvalId").With("status", row.Status.String())
	}
	moved, err := move(tx.Tx, []string{row.ID}, approval.StatusREQUESTED, to, func(u *db.ApprovalUpdate) {
		u.SetDecidedBy(tx.Principal().ID).SetDecidedAt(tx.Now)
		if why != "" {
			u.SetReason(why)
		}
		set(u)
	})
	if err != nil {
		return nil, err
	}
	if moved == 0 { // somebody else was faster
		return nil, ent.ErrStale
	}
	tx.AuditDetail("decision", to)
	if row, err = tx.Approval.Get(tx, row.ID); err != nil {
		return nil, err
	}
	return row, tell(tx.Tx, row)
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
