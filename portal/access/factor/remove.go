package factor

import (
	"context"

	"portico/clause"
	"portico/ent"
	"portico/ent/db/recoverycode"
	"portico/ent/db/secondfactor"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// RemoveSecondFactor removes a second factor of the signed-in person; with the
// last one its recovery codes are removed too (1.4). The other sessions of the
// person end, and the person gets a mail. Refusals: NOT_FOUND,
// STEP_UP_REQUIRED.
func RemoveSecondFactor(ctx context.Context, s *ent.Store, in RemoveSecondFactorInput) (*RemoveSecondFactorPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "removeSecondFactor", SignedIn: true, Input: in}, func(tx *command.Tx) (*RemoveSecondFactorPayload, error) {
		p, err := person(tx)
		if err != nil {
			return nil, err
		}
		row, err := own(tx, p, in.SecondFactorID)
		if err != nil {
			return nil, err
		}
		if err := identity.FreshFactor(tx, p); err != nil {
			return nil, err
		}
		n, err := tx.SecondFactor.Delete().Where(secondfactor.ID(row.ID)).Exec(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 { // a concurrent request removed it
			return nil, clause.NotFound.At("secondFactorId")
		}
		left, err := tx.SecondFactor.Query().Where(confirmed(p.ID)).Exist(tx)
		if err != nil {
			return nil, err
		}
		if !left {
			if _, err := tx.RecoveryCode.Delete().Where(recoverycode.PersonID(p.ID)).Exec(tx); err != nil {
				return nil, err
			}
		}
		tx.AuditDetail("secondFactorId", row.ID)
		tx.AuditDetail("name", row.Name)
		return &RemoveSecondFactorPayload{RemovedSecondFactorID: &row.ID}, settle(tx, p, outbox.FactorRemoved)
	})
}
