// Package order owns orders: purchases, with the content and the price at which
// they were placed (2.1).
package order

import (
	"context"
	"slices"
	"strings"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/order"
	"portico/portal/access/staff"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/approval"
	"portico/portal/kernel/command"
	"portico/portal/kernel/sequence"
	"portico/portal/trade/service"
)

func init() { approval.Register("placeOrder", authz.OrderPlace, PlaceOrder) }

// PlaceOrder places an order at the price that was shown, pays a prepaid plan
// from the balance, and opens the service, all or nothing (3.3, 3.4). For
// holders of order:place on the application, within their spending limits or with
// the approval of somebody whose limits are higher (1.5). Refusals: those of this
// unit, those of service.Refusals, and ledger.NoFunds
// with the shortfall.
func PlaceOrder(ctx context.Context, s *ent.Store, in PlaceOrderInput) (*PlaceOrderPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "placeOrder", Permission: authz.OrderPlace,
		Object: in.ApplicationID, Field: "applicationId", Input: in, ContinuedUse: true}, func(tx *command.Tx) (*PlaceOrderPayload, error) {
		d, err := decide(tx, view{store: tx.Store(), client: tx.Client(), now: tx.Now, wall: tx.Wall, tx: tx}, tx.Found(), request{
			OrderPreviewInput{in.AccountID, in.PlanID, in.ApplicationID, in.Term, in.PromotionCode, in.ConfirmsReplacing}, &in.ExpectedTotal})
		if err != nil {
			return nil, err
		}
		if err := d.stands(tx); err != nil {
			return nil, err
		}
		row, err := d.place(tx.Tx)
		if err != nil {
			return nil, err
		}
		tx.AuditObject(row.AccountID, row.ID)
		tx.AuditDetail("number", row.Number)
		tx.AuditDetail("amount", d.total.String())
		if d.budget != nil {
			tx.AuditDetail("grantId", d.budget.GrantID)
		}
		lines := make([]*db.OrderLine, len(d.lines))
		for i, l := range d.lines {
			lines[i] = &db.OrderLine{DescriptionZh: l.Text.ZH, DescriptionEn: l.Text.EN}
		}
		tx.AuditDetail("lines", auditedLines(lines))
		return &PlaceOrderPayload{Order: row}, nil
	})
}

// auditedLines returns the lines of an order as the audit records them.
func auditedLines(lines []*db.OrderLine) string {
	texts := make([]string, 0, 2*len(lines))
	for _, l := range lines {
		texts = append(texts, l.DescriptionZh, l.DescriptionEn)
	}
	return strings.Join(texts, "; ")
}

// stands returns what stands in the way of the order. A limit of one order or of a
// month alone can be lifted by an approval (1.5).
func (d *decision) stands(tx *command.Tx) error {
	limit := slices.IndexFunc(d.refusals, func(r clause.Refusal) bool {
		return r.Code == SpendingLimitExceeded.Code || r.Code == MonthlyLimitExceeded.Code
	})
	switch {
	case len(d.refusals) == 0:
		return nil
	case limit >= 0 && len(d.refusals) == 1:
		return approval.Ask(tx, approval.Matter{Summary: d.lines[0].Text, Amount: d.total}, d.refusals[0])
	case limit >= 0 && (tx.Requested() != nil || tx.Approved() != nil):
		d.refusals = slices.Delete(d.refusals, limit, limit+1)
	}
	return d.reported().Err()
}

// reported are the refusals that placeOrder reports: everything that is wrong with its
// input, or else the first refusal.
func (d *decision) reported() clause.Refusals {
	var wrong clause.Refusals
	for _, r := range d.refusals {
		if len(r.Field) > 0 {
			wrong = append(wrong, r)
		}
	}
	if len(wrong) > 0 && len(d.refusals[0].Field) > 0 {
		return wrong
	}
	return d.refusals[:1]
}

// place writes what was decided. The balance is charged, and the order counted in
// its budget, by a conditional update each, so that what was read before can't be
// spent twice (1.5, 3.3).
func (d *decision) place(tx *ent.Tx) (*db.Order, error) {
	if d.budget != nil {
		if err := staff.Spend(tx, d.budget, d.total.Minor()); err != nil {
			return nil, err
		}
	}
	orderID, serviceID := ent.NewID("ordr"), ent.NewID("serv")
	zone := d.opens.Zone
	d.opens.ID, d.opens.OrderID = serviceID, orderID
	if _, err := service.Open(tx, d.opens); err != nil {
		return nil, err
	}
	paid, err := ledger.Pay(tx, ledger.Payment{AccountID: d.AccountID, Kind: ledger.KindOrder, SubjectID: orderID, Amount: *d.total, Balance: d.balance})
	if err != nil {
		return nil, err
	}
	row := &db.Order{ID: orderID, AccountID: d.AccountID, Number: sequence.Quoted(tx.Now, zone), Status: order.StatusFULFILLED,
		PlanID: d.plan.ID, PlanVersion: d.plan.Version, ApplicationID: d.ApplicationID, ServiceID: serviceID,
		TotalMinor: d.total.Minor(), PaidCashMinor: paid.Cash.Minor(), PaidBonusMinor: paid.Bonus.Minor(), Currency: d.plan.Currency,
		ProviderBody: d.basis.ProviderBody, ProviderBodies: d.basis.ProviderBodies, Partner: d.basis.Partner, Provision: d.basis.Provision,
		Free: d.plan.Free, PlacedBy: actor(tx.Principal()), PlacedAt: tx.Now}
	if d.Term != nil {
		row.TermUnit, row.TermCount = string(d.Term.Unit), int64(d.Term.Count)
	}
	err = ent.Insert(tx, row)
	if ent.IsDuplicate(err) { // the number is taken
		return nil, ent.ErrStale
	}
	if err != nil {
		return nil, err
	}
	return row, d.writeLines(tx, orderID)
}

// writeLines stores the lines of the order (2.1).
func (d *decision) writeLines(tx *ent.Tx, orderID string) error {
	lines := make([]*db.OrderLine, len(d.lines))
	for i, l := range d.lines {
		lines[i] = &db.OrderLine{AccountID: d.AccountID, OrderID: orderID, Position: int64(i), DescriptionZh: l.Text.ZH, DescriptionEn: l.Text.EN,
			Quantity: l.Quantity.String(), UnitPrice: l.UnitPrice.String(), AmountMinor: l.Amount.Minor(), Currency: d.plan.Currency}
	}
	return ent.Insert(tx, lines...)
}

// actor returns the node id of the person or credential that placed an order.
func actor(p *authz.Principal) string {
	if p.Kind == authz.System {
		return "sys_" + p.ID
	}
	return p.ID
}
