package command

import (
	"context"
	"errors"
	"time"

	"portico/clause"
	"portico/ent"
)

// Approval is an approved command that runs again as the person that asked, who
// need not be signed in: its grants are read in the transaction (1.5). Unit
// approval makes it.
type Approval struct {
	// ID is the approval's, ApprovedBy the person that approved it.
	ID, ApprovedBy string
	// Operation, Object and InputHash are those of the command that was approved.
	// No other command runs under the approval.
	Operation, Object, InputHash string
	// Lifts is the code of the one refusal that the approval lifts.
	Lifts string
	// SecondFactorAge is how old the person's last second factor was when it asked;
	// nil if there was none. A step-up is judged by it.
	SecondFactorAge *time.Duration
	// Claim reports whether the approval is still to be run, and locks it for the
	// rest of the transaction.
	Claim func(tx *ent.Tx) (bool, error)
	// Settle writes the outcome in the command's own transaction: its answer as it
	// is stored under a key, or what it was refused.
	Settle func(tx *ent.Tx, refused bool, stored string) error
}

// ErrSettled is returned by [Do] for an approved command that has run already.
var ErrSettled = errors.New("command: the approval has its outcome")

type approvalContext struct{}

// WithApproval puts an approval into the context. The idempotency key of the
// context doesn't hold for the approved command, which runs once by its approval.
func WithApproval(ctx context.Context, a *Approval) context.Context {
	return context.WithValue(WithKey(ctx, ""), approvalContext{}, a)
}

// approvalOf returns the approval that a command runs under, nil if there is none
// for this very command.
func approvalOf(ctx context.Context, c Command) (*Approval, error) {
	a, _ := ctx.Value(approvalContext{}).(*Approval)
	if a == nil || a.Operation != c.Name || a.Object != c.Object {
		return nil, nil
	}
	_, hash, err := Canonical(c.Input)
	if err != nil || hash != a.InputHash {
		return nil, err
	}
	return a, nil
}

// claim claims the approval of a command and names it in the audit event.
func (a *Approval) claim(tx *Tx) error {
	if a == nil {
		return nil
	}
	tx.AuditDetail("approvalId", a.ID)
	tx.AuditDetail("approvedBy", a.ApprovedBy)
	open, err := a.Claim(tx.Tx)
	if err == nil && !open {
		return ErrSettled
	}
	return err
}

// settle stores the outcome of an approved command.
func (a *Approval) settle(tx *Tx, answer any, refused clause.Refusals) error {
	if a == nil {
		return nil
	}
	text, err := Stored(answer, refused)
	if err != nil {
		return err
	}
	return a.Settle(tx.Tx, len(refused) > 0, text)
}

// instead is a refusal in place of which something else is written.
type instead struct {
	clause.Refusal
	write func(tx *Tx) error
}

func (i instead) Unwrap() error { return i.Refusal }

// RefuseAnd returns a refusal that undoes what the command wrote, as every refusal
// does, and then writes something in the same transaction: a request that waits,
// for example.
func RefuseAnd(r clause.Refusal, write func(tx *Tx) error) error { return instead{r, write} }
