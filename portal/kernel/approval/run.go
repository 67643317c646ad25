package approval

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/approval"
	"portico/ent/statement"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
)

// Run is the job that runs approved commands that have no outcome a minute after
// the decision: the process was killed in between, or the run failed.
func Run() job.Job {
	return job.Each("approval.run", run, job.List[*db.Approval]{
		Rows: func(ctx context.Context, c *db.Client, within job.Range, most int) ([]*db.Approval, error) {
			return c.Approval.Query().Where(within.By(approval.FieldDueAt, approval.FieldID)).
				Order(db.Asc(approval.FieldDueAt, approval.FieldID)).Limit(most).All(ctx)
		},
		Key: func(row *db.Approval) job.Key { return job.Key{At: *row.DueAt, ID: row.ID, Account: row.AccountID} }})
}

// run runs an approved command as the person that asked. Its outcome is written in
// the command's own transaction, on the condition that there is none yet: so it
// runs once, whoever calls run however often.
func run(ctx context.Context, s *ent.Store, row *db.Approval) error {
	system := authz.With(ctx, authz.AsSystem("approval.run"))
	w, ok := registered[row.Operation]
	if !ok {
		return errors.New("approval: " + row.Operation + " isn't registered")
	}
	input, err := open(s, row)
	if err != nil {
		return err
	}
	asker, err := statement.Absent(system, s, row.AskedBy)
	if err != nil {
		return err
	}
	if asker == nil {
		return refuse(system, s, row, clause.Refusals{clause.Unauthenticated})
	}
	asker.Address, asker.Agent, asker.Correlation = row.AskedAddress, row.AskedAgent, authz.From(ctx).Correlation
	a, err := approved(row)
	if err != nil {
		return err
	}
	err = w.run(command.WithApproval(authz.With(ctx, asker), a), s, input)
	if errors.Is(err, command.ErrSettled) {
		return nil
	}
	now, reading := s.Read().Approval.Get(system, row.ID)
	switch {
	case reading != nil:
		return errors.Join(err, reading)
	case now.Status != approval.StatusAPPROVED:
		return nil
	case err == nil:
		return errors.New("approval: " + row.Operation + " didn't run under its name and input")
	}
	refused := command.Refusals(err)
	if len(refused) == 0 {
		return err
	}
	return refuse(system, s, row, refused) // before its transaction began
}

// open reads the kept input, which must have its hash.
func open(s *ent.Store, row *db.Approval) ([]byte, error) {
	input, err := s.Unseal(inputColumn, row.Input)
	if err != nil {
		return nil, err
	}
	if command.HashOf([]byte(input)) != row.InputHash {
		return nil, fmt.Errorf("approval: the input of %s has another hash", row.ID)
	}
	return []byte(input), nil
}

// approved is what the command of a row runs under.
func approved(row *db.Approval) (*command.Approval, error) {
	var lifts clause.Refusal
	if err := json.Unmarshal([]byte(row.Refusal), &lifts); err != nil {
		return nil, err
	}
	a := &command.Approval{ID: row.ID, ApprovedBy: *row.DecidedBy, Operation: row.Operation, Object: row.ObjectID, InputHash: row.InputHash, Lifts: lifts.Code,
		Claim: func(tx *ent.Tx) (bool, error) {
			tx = bySystem(tx)
			n, err := tx.Approval.Update().Where(approval.ID(row.ID), approval.StatusEQ(approval.StatusAPPROVED)).SetSettledAt(tx.Now).Save(tx)
			return n == 1, err
		},
		Settle: func(tx *ent.Tx, refused bool, outcome string) error {
			return settle(bySystem(tx), row.ID, refused, outcome)
		}}
	if row.SecondFactorAge != nil {
		age := time.Duration(*row.SecondFactorAge) * time.Microsecond
		a.SecondFactorAge = &age
	}
	return a, nil
}

// bySystem is the same transaction by the system: the asker may reach nothing any
// more.
func bySystem(tx *ent.Tx) *ent.Tx {
	return tx.With(authz.With(authz.Widen(tx.Context), authz.AsSystem("approval.run")))
}

// settle writes the outcome of an approved command.
func settle(tx *ent.Tx, id string, refused bool, outcome string) error {
	set := func(u *db.ApprovalUpdate) { u.SetSettledAt(tx.Now).ClearDueAt().SetOutcome(outcome) }
	moved, err := 0, error(nil)
	if refused {
		moved, err = move(tx, []string{id}, approval.StatusAPPROVED, approval.StatusREFUSED, set)
	} else {
		moved, err = move(tx, []string{id}, approval.StatusAPPROVED, approval.StatusDONE, set)
	}
	if err != nil {
		return err
	}
	if moved == 0 {
		return command.ErrSettled
	}
	row, err := tx.Approval.Get(tx, id)
	if err != nil {
		return err
	}
	return tell(tx, row)
}

// refuse writes the outcome of a command that was refused before its transaction
// began.
func refuse(ctx context.Context, s *ent.Store, row *db.Approval, refused clause.Refusals) error {
	outcome, err := command.Stored(nil, refused)
	if err != nil {
		return err
	}
	err = s.Write(ctx, func(tx *ent.Tx) error { return settle(tx, row.ID, true, outcome) })
	if errors.Is(err, command.ErrSettled) {
		return nil
	}
	return err
}
