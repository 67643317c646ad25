package staff

import (
	"context"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/db/ownership"
	"portico/portal/kernel/command"
)

// OffboardingPreview is what an offboarding would do now.
type OffboardingPreview struct {
	// Holdings are what the employee holds, a kind each; nil for who can't read
	// employees.
	Holdings []*EmployeeHolding
	// Refusals are the reasons why the offboarding would be refused.
	Refusals []clause.Refusal
}

// EmployeeHolding is what an employee holds of one kind.
type EmployeeHolding struct {
	Kind HoldingKind
	// Count is how many there are.
	Count int
	// Example is the id of the oldest.
	Example string
	// Transferable means that it passes to the successor that is named.
	Transferable bool
	// Refusal is why it would be left without a holder; nil if it wouldn't.
	Refusal *clause.Refusal
}

// PreviewOffboarding returns what [OffboardEmployee] would do and why it would be refused,
// found by the same code (1.5). For employees with employee:offboard on the account.
// Refusals: NOT_FOUND, FORBIDDEN.
func PreviewOffboarding(ctx context.Context, s *ent.Store, employeeID string, successorID *string) (*OffboardingPreview, error) {
	c, p, now := s.Read(), authz.From(ctx), s.Now()
	e, err := c.Employee.Query().Where(employee.ID(employeeID)).Only(ctx)
	if db.IsNotFound(err) {
		return nil, clause.NotFound
	}
	if err != nil {
		return nil, err
	}
	on := authz.On(e.AccountID)
	if !p.Allows(authz.EmployeeOffboard, on, now) {
		return nil, authz.Forbid(p, authz.EmployeeOffboard)
	}
	ctx = authz.Narrow(ctx, e.AccountID)
	preview := &OffboardingPreview{Refusals: []clause.Refusal{}}
	err = command.May(ctx, c, authz.EmployeeOffboard, on, now, s.Wall())
	refused := command.Refusals(err)
	if err != nil && len(refused) == 0 {
		return nil, err
	}
	open, err := c.Ownership.Query().Where(ownership.OpenKey(e.AccountID)).Only(ctx)
	if err != nil {
		return nil, err
	}
	v := &view{ctx: ctx, client: c, now: now, wall: s.Wall(), accountID: e.AccountID, ownerID: open.EmployeeID}
	d, err := v.departure(e, successorID)
	if err != nil {
		return nil, err
	}
	if d.refusal != nil {
		refused = append(refused, *d.refusal)
	}
	preview.Refusals = append(preview.Refusals, command.Shown(ctx, on, now, refused)...)
	if p.Allows(authz.EmployeeRead, on, now) {
		preview.Holdings = d.shown(ctx, on, now)
	}
	return preview, nil
}

// shown returns what the employee holds as it is shown to the reader.
func (d *departure) shown(ctx context.Context, on authz.Object, now time.Time) []*EmployeeHolding {
	list := make([]*EmployeeHolding, len(d.held))
	for i, h := range d.held {
		list[i] = &EmployeeHolding{Kind: h.kind, Count: h.count, Example: h.example}
		if r := d.without(h); r != nil {
			list[i].Refusal = &command.Shown(ctx, on, now, clause.Refusals{*r})[0]
		} else {
			list[i].Transferable = h.lacks != nil
		}
	}
	return list
}
