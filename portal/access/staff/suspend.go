package staff

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
	name "portico/text"
)

// mostSuspensionReason is how long the reason of a suspension may be, in characters.
const mostSuspensionReason = 500

// SuspendEmployee suspends an employee at once (1.5): its grants stay and give
// nothing, all sessions of the person end, nobody can accept its invitations, and
// what it asked an approval for isn't done, and an offer of the ownership is void. The person is told by e-mail. For
// employees with employee:suspend on the account; never for the owner, and nobody
// suspends itself. Refusals: INVALID_INPUT at reason, OWNER_UNCHANGED,
// EMPLOYEE_LEFT, EMPLOYEE_SUSPENDED, OWN_SUSPENSION.
func SuspendEmployee(ctx context.Context, s *ent.Store, in SuspendEmployeeInput) (*SuspendEmployeePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "suspendEmployee", Permission: authz.EmployeeSuspend,
		Object: in.EmployeeID, Field: "employeeId", Input: in}, func(tx *command.Tx) (*SuspendEmployeePayload, error) {
		reason := name.Clean(in.Reason)
		if reason == "" || utf8.RuneCountInString(reason) > mostSuspensionReason {
			return nil, clause.InvalidField("reason", fmt.Sprintf("须填写理由，最多 %d 个字符。", mostSuspensionReason),
				fmt.Sprintf("must have 1 to %d characters.", mostSuspensionReason))
		}
		e := tx.Found().(*db.Employee)
		r, err := enter(tx, e.AccountID)
		if err != nil {
			return nil, err
		}
		by, err := r.actor(authz.EmployeeSuspend)
		if err != nil {
			return nil, err
		}
		switch {
		case r.isOwner(e):
			return nil, OwnerUnchanged.At("employeeId")
		case r.isActor(e):
			return nil, OwnSuspension.At("employeeId")
		case e.Status == employee.StatusSUSPENDED:
			return nil, EmployeeSuspended.At("employeeId").With("employeeId", e.ID)
		case e.Status != employee.StatusACTIVE:
			return nil, EmployeeLeft.At("employeeId").With("accountId", e.AccountID)
		}
		n, err := tx.Employee.Update().Where(employee.ID(e.ID), employee.StatusEQ(employee.StatusACTIVE)).SetStatus(employee.StatusSUSPENDED).
			SetSuspendedAt(tx.Now).SetNillableSuspendedBy(by.id()).SetSuspensionReason(reason).Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, ent.ErrStale
		}
		if err := identity.RevokeAll(tx.Tx, e.PersonID, "SUSPENDED"); err != nil {
			return nil, err
		}
		offer, err := r.offerTo(e.ID)
		if err != nil {
			return nil, err
		}
		if err := r.voidOffer(offer); err != nil {
			return nil, err
		}
		if err := tellSuspension(tx.Tx, e, true); err != nil {
			return nil, err
		}
		row, err := tx.Employee.Get(tx, e.ID)
		return &SuspendEmployeePayload{Employee: row}, err
	})
}

// ResumeEmployee lets a suspended employee work again, with the grants that it kept
// (1.5). That is giving them: the actor must hold what they give, with the same
// bounds. The person is told by e-mail. For employees with
// employee:update on the account. Refusals: EMPLOYEE_NOT_SUSPENDED, EMPLOYEE_LEFT,
// PERMISSION_NOT_HELD.
func ResumeEmployee(ctx context.Context, s *ent.Store, in ResumeEmployeeInput) (*ResumeEmployeePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "resumeEmployee", Permission: authz.EmployeeUpdate,
		Object: in.EmployeeID, Field: "employeeId", Input: in}, func(tx *command.Tx) (*ResumeEmployeePayload, error) {
		e := tx.Found().(*db.Employee)
		r, err := enter(tx, e.AccountID)
		if err != nil {
			return nil, err
		}
		by, err := r.actor(authz.EmployeeUpdate)
		if err != nil {
			return nil, err
		}
		switch e.Status {
		case employee.StatusACTIVE:
			return nil, EmployeeNotSuspended.At("employeeId")
		case employee.StatusOFFBOARDED:
			return nil, EmployeeLeft.At("employeeId").With("accountId", e.AccountID)
		}
		if err := r.mayReturn(by, e); err != nil {
			return nil, err
		}
		n, err := tx.Employee.Update().Where(employee.ID(e.ID), employee.StatusEQ(employee.StatusSUSPENDED)).SetStatus(employee.StatusACTIVE).
			ClearSuspendedAt().ClearSuspendedBy().ClearSuspensionReason().Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, ent.ErrStale
		}
		if err := tellSuspension(tx.Tx, e, false); err != nil {
			return nil, err
		}
		row, err := tx.Employee.Get(tx, e.ID)
		return &ResumeEmployeePayload{Employee: row}, err
	})
}

// mayReturn holds that the actor could give a suspended employee what its grants, and
// those of its groups, give.
func (r *roster) mayReturn(by *member, e *db.Employee) error {
	active := *e
	active.Status = employee.StatusACTIVE
	will, err := r.member(&active)
	if err != nil {
		return err
	}
	var lacking authz.Set
	for _, h := range will.grants {
		lacking = lacking.Union(h.allow.Minus(by.gives(h.reach)))
	}
	return subset(authz.Set{}, lacking, "employeeId")
}

// tellSuspension tells the person of an employee that it was suspended, or may work
// again, if it has verified an e-mail address.
func tellSuspension(tx *ent.Tx, e *db.Employee, suspended bool) error {
	account, err := tx.Account.Get(tx, e.AccountID)
	if err != nil {
		return err
	}
	return identity.TellOfWork(tx, e.PersonID, func(to, personID string, at time.Time) outbox.Message {
		return outbox.SuspensionMail(to, personID, suspended, account.Number, at)
	})
}
