package staff

import (
	"context"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/db/invitation"
	"portico/portal/access/apikey"
	"portico/portal/access/identity"
	"portico/portal/kernel/approval"
	"portico/portal/kernel/command"
)

// OffboardEmployee ends a person's employment on an account in one step (1.5):
// its grants, its memberships of groups and all sessions of the person end at once,
// and what it asked an approval for is withdrawn. Its pending invitations and
// its API keys pass to a named successor, who must hold the permissions for them; the
// secrets of the keys end. For employees with employee:offboard on the account, who may
// also offboard themselves; never for the owner. Refusals: OWNER_UNCHANGED,
// EMPLOYEE_LEFT, SUCCESSOR_REQUIRED, SUCCESSOR_UNFIT, NOT_FOUND.
func OffboardEmployee(ctx context.Context, s *ent.Store, in OffboardEmployeeInput) (*OffboardEmployeePayload, error) {
	return command.Do(ctx, s, command.Command{Name: "offboardEmployee", Permission: authz.EmployeeOffboard,
		Object: in.EmployeeID, Field: "employeeId", Input: in}, func(tx *command.Tx) (*OffboardEmployeePayload, error) {
		e := tx.Found().(*db.Employee)
		r, err := enter(tx, e.AccountID)
		if err != nil {
			return nil, err
		}
		if _, err := r.actor(authz.EmployeeOffboard); err != nil {
			return nil, err
		}
		switch {
		case r.isOwner(e):
			return nil, OwnerUnchanged.At("employeeId")
		case e.Status == employee.StatusOFFBOARDED:
			return nil, EmployeeLeft.At("employeeId").Lift(clause.Remedy{Text: text("无需再办理离职。", "Nothing is left to do.")})
		}
		if err := r.handOver(e, in.SuccessorID); err != nil {
			return nil, err
		}
		asked, err := approval.Leave(tx, e.AccountID, e.PersonID)
		if err != nil {
			return nil, err
		}
		if len(asked) > 0 {
			tx.AuditDetail("approvalIds", asked)
		}
		if err := r.endGrants(e.ID); err != nil {
			return nil, err
		}
		if err := r.leaveGroups(e.ID); err != nil {
			return nil, err
		}
		n, err := tx.Employee.Update().Where(employee.ID(e.ID), employee.StatusNEQ(employee.StatusOFFBOARDED)).
			SetStatus(employee.StatusOFFBOARDED).SetLeftAt(tx.Now).ClearActiveKey().Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, ent.ErrStale
		}
		if err := identity.RevokeAll(tx.Tx, e.PersonID, "OFFBOARDED"); err != nil {
			return nil, err
		}
		row, err := tx.Employee.Get(tx, e.ID)
		return &OffboardEmployeePayload{Employee: row}, err
	})
}

// handOver passes an employee's responsibilities to its successor.
func (r *roster) handOver(e *db.Employee, successorID *string) error {
	tx := r.tx
	pending, err := tx.Invitation.Query().Where(invitation.AccountID(r.accountID), invitation.InvitedBy(e.ID),
		invitation.CreatedAtGT(tx.Now.Add(-invitationLifetime)), invitation.StatusEQ(invitation.StatusPENDING), invitation.ExpiresAtGT(tx.Now)).All(tx)
	if err != nil {
		return err
	}
	keys, err := apikey.HeldBy(tx, tx.Client(), tx.Store(), e.ID)
	if err != nil {
		return err
	}
	if successorID == nil {
		if len(pending)+len(keys) > 0 {
			return SuccessorRequired.At("successorId").WithFor(authz.EmployeeRead, "invitations", len(pending)).
				WithFor(authz.EmployeeRead, "apiKeys", len(keys)).With("employeeId", e.ID)
		}
		return nil
	}
	heir, err := r.successor(e, *successorID)
	if err != nil {
		return err
	}
	if err := r.handOverKeys(e, heir, keys); err != nil || len(pending) == 0 {
		return err
	}
	var given []gift
	var passed []string
	for _, i := range pending {
		offer, _, err := r.offered(i)
		if err != nil {
			return err
		}
		given, passed = append(given, offer...), append(passed, i.ID)
	}
	invite := authz.Set{}.Add(authz.EmployeeInvite)
	if missing := invite.Minus(heir.gives(reach{})).Union(heir.lacks(given)); missing != (authz.Set{}) {
		return SuccessorUnfit.At("successorId").With("missing", named(missing)).With("successorId", *successorID)
	}
	tx.AuditDetail("successorId", *successorID)
	tx.AuditDetail("invitationIds", passed)
	return tx.Invitation.Update().Where(invitation.IDIn(passed...), invitation.StatusEQ(invitation.StatusPENDING)).
		SetInvitedBy(*successorID).Exec(tx)
}

// successor returns another active employee of the account.
func (r *roster) successor(leaver *db.Employee, id string) (*member, error) {
	row, err := r.tx.Employee.Query().Where(employee.ID(id)).Only(r.tx)
	if db.IsNotFound(err) {
		return nil, clause.NotFound.At("successorId")
	}
	if err != nil {
		return nil, err
	}
	if row.ID == leaver.ID || row.Status != employee.StatusACTIVE {
		return nil, SuccessorUnfit.At("successorId").With("missing", text("在职", "its being an active employee")).
			Lift(clause.Remedy{Text: text("指定另一名在职员工。", "Name another employee, who still works on the account.")})
	}
	return r.member(row)
}
