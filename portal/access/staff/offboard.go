package staff

import (
	"context"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
)

// OffboardEmployee ends a person's employment on an account in one step (1.5):
// its grants, its memberships of groups and all sessions of the person end at once,
// and what it asked an approval for is withdrawn. Its pending invitations and its API keys
// pass to a named successor, who must hold the permissions for them; the secrets of the
// keys end. For employees with employee:offboard on the account, who may also offboard
// themselves; never for the owner. Refusals: OWNER_UNCHANGED, EMPLOYEE_LEFT,
// SUCCESSOR_REQUIRED, SUCCESSOR_UNFIT, NOT_FOUND; [PreviewOffboarding] returns the same
// beforehand.
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
		d, err := r.departure(e, in.SuccessorID)
		if err != nil {
			return nil, err
		}
		if d.refusal != nil {
			return nil, *d.refusal
		}
		if err := r.leave(d); err != nil {
			return nil, err
		}
		row, err := tx.Employee.Get(tx, e.ID)
		return &OffboardEmployeePayload{Employee: row}, err
	})
}

// departure is what an employee who leaves holds, and why it can't leave.
type departure struct {
	employee *db.Employee
	// successor takes over what passes on; nil if none is named, or it can't.
	successor *member
	held      []holding
	// refusal is nil if nothing stands in the way. It is blocked whatever the employee
	// holds if it, or the successor that is named, isn't one who can.
	refusal *clause.Refusal
	blocked bool
}

// departure finds what an employee holds and whether it can leave with this successor.
func (v *view) departure(e *db.Employee, successorID *string) (*departure, error) {
	d := &departure{employee: e}
	var err error
	if d.held, err = v.heldBy(e); err != nil {
		return nil, err
	}
	refuse := func(r clause.Refusal) (*departure, error) {
		d.refusal, d.blocked = &r, true
		return d, nil
	}
	switch {
	case v.isOwner(e):
		return refuse(OwnerUnchanged.At("employeeId"))
	case e.Status == employee.StatusOFFBOARDED:
		return refuse(EmployeeLeft.At("employeeId").Lift(clause.Remedy{Text: text("无需再办理离职。", "Nothing is left to do.")}))
	}
	if successorID != nil {
		heir, unfit, err := v.successor(e, *successorID)
		if err != nil {
			return nil, err
		}
		if unfit != nil {
			return refuse(*unfit)
		}
		d.successor = heir
	}
	d.refusal = d.without(d.held...)
	return d, nil
}

// without returns why some holdings would be left without a holder; nil if none would.
func (d *departure) without(held ...holding) *clause.Refusal {
	left, of := 0, map[HoldingKind]int{}
	var missing authz.Set
	for _, h := range held {
		if h.lacks == nil {
			continue
		}
		left += h.count
		of[h.kind] = h.count
		if d.successor != nil {
			missing = missing.Union(h.lacks(d.successor))
		}
	}
	var r clause.Refusal
	switch {
	case left > 0 && d.blocked:
		return d.refusal
	case left == 0, d.successor != nil && missing == (authz.Set{}):
		return nil
	case d.successor == nil:
		r = SuccessorRequired.At("successorId").WithFor(authz.EmployeeRead, "holdings", left).WithFor(authz.EmployeeRead, "invitations", of[HeldInvitations]).
			WithFor(authz.EmployeeRead, "apiKeys", of[HeldAPIKeys]).With("employeeId", d.employee.ID)
	default:
		r = SuccessorUnfit.At("successorId").With("missing", named(missing)).With("successorId", d.successor.employee.ID)
	}
	return &r
}

// leave ends an employment, with all that the employee holds.
func (r *roster) leave(d *departure) error {
	tx, e, successorID := r.tx, d.employee, ""
	if d.successor != nil {
		successorID = d.successor.employee.ID
	}
	for _, h := range d.held {
		if err := h.leave(r, successorID); err != nil {
			return err
		}
	}
	n, err := tx.Employee.Update().Where(employee.ID(e.ID), employee.StatusNEQ(employee.StatusOFFBOARDED)).
		SetStatus(employee.StatusOFFBOARDED).SetLeftAt(tx.Now).ClearActiveKey().Save(tx)
	if err != nil {
		return err
	}
	if n == 0 {
		return ent.ErrStale
	}
	return identity.RevokeAll(tx.Tx, e.PersonID, "OFFBOARDED")
}

// successor returns another active employee of the account, or the refusal.
func (v *view) successor(leaver *db.Employee, id string) (*member, *clause.Refusal, error) {
	refuse := func(r clause.Refusal) (*member, *clause.Refusal, error) { return nil, &r, nil }
	row, err := v.client.Employee.Query().Where(employee.AccountID(v.accountID), employee.ID(id)).Only(v.ctx)
	if db.IsNotFound(err) {
		return refuse(clause.NotFound.At("successorId"))
	}
	if err != nil {
		return nil, nil, err
	}
	if row.ID == leaver.ID || row.Status != employee.StatusACTIVE {
		return refuse(SuccessorUnfit.At("successorId").With("missing", text("在职", "its being an active employee")).
			Lift(clause.Remedy{Text: text("指定另一名在职员工。", "Name another employee, who still works on the account.")}))
	}
	m, err := v.member(row)
	return m, nil, err
}
