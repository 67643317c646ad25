package approval_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/approval"
	"portico/ent/db/secondfactor"
	"portico/ent/db/session"
	unit "portico/portal/kernel/approval"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

// sensitiveOperation is a command that needs a fresh second factor by policy.csv.
const sensitiveOperation = "sensitiveProbe"

func init() { unit.Register(sensitiveOperation, authz.EmployeeUpdate, runSensitive) }

func runSensitive(ctx context.Context, s *ent.Store, in probe) (*probed, error) {
	return command.Do(ctx, s, command.Command{Name: sensitiveOperation, Permission: authz.EmployeeUpdate, Object: in.AccountID, Field: "accountId", Input: in},
		func(tx *command.Tx) (*probed, error) {
			if err := unit.Ask(tx, unit.Matter{}, tooOdd); err != nil {
				return nil, err
			}
			row, err := create(tx, in)
			return &probed{Application: row}, err
		})
}

func TestTheAskersFactorIsFrozen(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newScene(w)
		ask := func(ago time.Duration) (*unit.RequestApprovalPayload, error) {
			s.write(t, func(tx *ent.Tx) error {
				return tx.Session.Update().Where(session.PersonID(s.admin.PersonID)).SetSecondFactorAt(tx.Wall.Add(-ago)).Exec(tx)
			})
			return unit.RequestApproval(s.As(s.admin), s.Portal.Store, unit.RequestApprovalInput{Operation: sensitiveOperation, Input: probe{AccountID: s.owner.AccountID}})
		}
		s.write(t, func(tx *ent.Tx) error {
			return tx.SecondFactor.Create().SetPersonID(s.admin.PersonID).SetKind(secondfactor.KindTOTP).SetName("Phone").SetSecret([]byte("sealed")).
				SetAddedAt(tx.Wall).SetConfirmedAt(tx.Wall).Exec(tx)
		})
		t.Run("1.5: who has a factor and didn't pass it within 15 minutes can't ask", func(t *testing.T) {
			if _, err := ask(15 * time.Minute); !errors.Is(err, command.StepUpRequired) {
				t.Errorf("%v", err)
			}
		})
		t.Run("1.5: what was asked for in time is done a day later, by the factor as it was then", func(t *testing.T) {
			p, err := ask(15*time.Minute - time.Microsecond)
			if err != nil {
				t.Fatal(err)
			}
			w.Wall.Advance(24 * time.Hour)
			if _, err := s.decide(s.owner, p.Approval.ID, true); err != nil {
				t.Fatal(err)
			}
			s.holds(t, p.Approval.ID, approval.StatusDONE, 1)
		})
	})
}
