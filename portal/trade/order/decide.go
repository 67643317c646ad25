package order

import (
	"context"
	"errors"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/plan"
	"portico/ent/statement"
	"portico/money"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
	"portico/portal/offer/catalog"
	"portico/portal/offer/rating"
	"portico/portal/trade/service"
)

// request is what would be ordered; preview and placing share it.
type request struct {
	// found is the row by applicationID, as the command or the preview has read it.
	found                            db.Node
	accountID, planID, applicationID string
	term                             *catalog.TermInput
	promotion                        string
	// confirms is the service whose replacement was confirmed.
	confirms string
	// expected is the price that was shown; a preview has none.
	expected *money.Input
	// wall is wall time, by which a second factor is fresh.
	wall  time.Time
	store *ent.Store
	// tx is the transaction that places the order; a preview has none.
	tx *command.Tx
}

// decision is everything that an order rests on, and what stands against it,
// in the order in which it is told.
type decision struct {
	request
	application *db.Application
	plan        *db.Plan
	opens       service.Opening // once application and plan are known
	prices      []*db.Price
	basis       *statement.Basis
	held        *ledger.LockedBalance // what pays, once it is known to suffice
	lines       []rating.Line
	total       *money.Amount // nil where it can't be told
	stands      bool          // the total is what was confirmed; a preview has shown it
	months      int
	replaces    *Replacement // what the order would end, if anything
	refusals    []clause.Refusal
}

func (d *decision) refuse(r clause.Refusal) {
	r = r.With("accountId", d.accountID).With("planId", d.planID).With("applicationId", d.applicationID)
	if d.term != nil {
		r = r.With("term", map[string]any{"unit": string(d.term.Unit), "count": d.term.Count})
	}
	if d.stands {
		r = r.With("expectedTotal", *d.total)
	}
	d.refusals = append(d.refusals, r)
}

// decide is the one decision about an order: orderPreview tells all that it
// refuses, placeOrder what decision.told says. It only reads. The permission was asked
// before, and the context is confined to the application's account.
func decide(ctx context.Context, c *db.Client, now time.Time, in request) (*decision, error) {
	d := &decision{request: in}
	steps := []func(context.Context, *db.Client, time.Time) error{
		d.findApplication, d.findPlan, d.region, d.rate, d.promotionAndPrice, d.spendingLimit, d.runnable, d.funds, d.opening, d.replacing,
	}
	for _, step := range steps {
		if err := step(ctx, c, now); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *decision) findApplication(context.Context, *db.Client, time.Time) error {
	row, is := d.found.(*db.Application)
	switch {
	case !is:
		d.refuse(clause.NotFound.At("applicationId"))
		return nil
	case row.AccountID != d.accountID:
		d.refuse(clause.NotFound.At("accountId"))
		return nil
	case row.Status == application.StatusDELETED:
		d.refuse(service.ApplicationDeleted.At("applicationId"))
		return nil
	}
	d.application = row
	return nil
}

func (d *decision) findPlan(ctx context.Context, c *db.Client, now time.Time) error {
	var row *db.Plan
	var err error
	if d.basis, err = statement.BasisOf(ctx, c, d.planID, d.accountID, now); err == nil && d.basis != nil {
		row, d.prices, err = catalog.Known(ctx, d.store, c, d.planID, d.basis)
		if err == nil && row != nil && d.basis.Signed > 0 {
			d.prices, err = catalog.Signed(ctx, c, d.accountID, d.prices, d.planID)
		}
	}
	switch {
	case err != nil:
		return err
	case row == nil:
		d.refuse(PlanNotFound.At("planId"))
		return nil
	case !catalog.Orderable(row):
		d.refuse(PlanWithdrawn.At("planId"))
		return nil
	case !row.SelfService:
		d.refuse(QuotationNeeded.At("planId"))
		return nil
	}
	d.plan = row
	return nil
}

// rate finds the price in force and computes the lines (3.1, 3.4).
func (d *decision) rate(_ context.Context, _ *db.Client, now time.Time) error {
	if d.plan == nil {
		return nil
	}
	prices := catalog.InForce(d.prices, now)
	names := clause.Text{ZH: d.plan.NameZh, EN: d.plan.NameEn}
	currency := money.Currency(d.plan.Currency)
	metered := d.plan.Charging == plan.ChargingMETERED
	switch {
	case len(prices) == 0:
		d.refuse(PriceNotInForce.At("planId"))
	case metered && d.term != nil:
		d.refuse(TermNotAllowed.At("term"))
	case !metered && d.term == nil && !costless(prices):
		d.refuse(TermRequired.At("term"))
	case d.term == nil:
		d.rated([]rating.Line{rating.Opening(names, metered, currency)}, currency)
	case d.term.Count < 1 || d.term.Count > catalog.MostTerm:
		d.refuse(clause.InvalidField("term.count", "应为 1 至 36。", "it is 1 to 36."))
	default:
		return d.rateTerm(prices, names, currency)
	}
	return nil
}

func (d *decision) rateTerm(prices []*db.Price, names clause.Text, currency money.Currency) error {
	price, times := catalog.ForTerm(prices, *d.term)
	if price == nil {
		d.refuse(TermNotOffered.At("term"))
		return nil
	}
	unitPrice, err := money.ParseDecimal(price.UnitPrice)
	if err != nil {
		return err
	}
	term := rating.Term{Unit: string(d.term.Unit), Count: d.term.Count}
	line, err := rating.Prepaid(names, term, times, unitPrice, currency)
	if errors.Is(err, money.ErrRange) {
		d.refuse(TermNotOffered.At("term"))
		return nil
	}
	if err != nil {
		return err
	}
	d.months = term.Months()
	d.rated([]rating.Line{line}, currency)
	return nil
}

func (d *decision) rated(lines []rating.Line, currency money.Currency) {
	total := rating.Total(lines, currency)
	d.lines, d.total = lines, &total
}

// costless tells whether a prepaid plan costs nothing for any term; then it
// needs none (9.8).
func costless(prices []*db.Price) bool {
	for _, p := range prices {
		if d, err := money.ParseDecimal(p.UnitPrice); err != nil || !d.IsZero() {
			return false
		}
	}
	return true
}

// promotionAndPrice holds the promotion's code (3.2) and the price that was
// confirmed (3.4).
func (d *decision) promotionAndPrice(context.Context, *db.Client, time.Time) error {
	if strings.TrimSpace(d.promotion) != "" {
		d.refuse(PromotionUnknown.At("promotionCode"))
	}
	if d.expected == nil || d.total == nil {
		d.stands = d.total != nil
		return nil
	}
	expected, err := d.expected.Exact()
	if err != nil {
		d.refuse(clause.InvalidField("expectedTotal.amount", "不是该货币的金额。", "it is no amount of its currency.").Because(err))
		return nil
	}
	if d.stands = expected == *d.total; !d.stands {
		d.refuse(PriceChanged.At("expectedTotal").With("total", *d.total).With("currency", d.total.Currency().String()).
			With("expectedTotal", *d.total))
	}
	return nil
}

// spendingLimit holds the most that the person's grants let one order cost
// (1.5): of the grants that it may use now, without those that ask for a second
// factor first.
func (d *decision) spendingLimit(ctx context.Context, _ *db.Client, now time.Time) error {
	if d.total == nil || d.application == nil {
		return nil
	}
	o := authz.Object{AccountID: d.accountID, ApplicationID: d.applicationID}
	usable := authz.From(ctx).Usable(authz.OrderPlace, o, now, d.wall)
	var most int64
	for _, g := range usable {
		if g.SpendingLimit == nil || d.total.Minor() <= *g.SpendingLimit {
			return nil
		}
		most = max(most, *g.SpendingLimit)
	}
	if len(usable) > 0 {
		limit := money.New(most, d.total.Currency())
		d.refuse(SpendingLimitExceeded.With("limit", limit).With("currency", limit.Currency().String()))
	}
	return nil
}

// runnable holds that the service would run: what standing stops isn't opened
// (3.8).
func (d *decision) runnable(ctx context.Context, c *db.Client, now time.Time) error {
	if d.plan == nil || d.application == nil || d.tx != nil && d.tx.Unrestricted(d.accountID) {
		return nil
	}
	o := authz.Object{AccountID: d.accountID, ApplicationID: d.applicationID, Class: string(d.plan.Class)}
	err := command.Denied(ctx, c, authz.ServiceRun, o, now)
	var r clause.Refusal
	if errors.As(err, &r) {
		d.refuse(r.At("planId"))
		return nil
	}
	return err
}

// funds holds that the available balance covers the order, or for a metered
// plan its minimum (3.3).
func (d *decision) funds(ctx context.Context, c *db.Client, _ time.Time) error {
	if d.total == nil || d.application == nil {
		return nil
	}
	needed := *d.total
	if least := d.plan.Minimum(); needed.Less(least) {
		needed = least
	}
	if needed.IsZero() {
		return nil
	}
	balance, err := d.balance(ctx, c, needed.Currency())
	if err != nil {
		return err
	}
	if available := balance.Available(); available.Less(needed) {
		err := ledger.Shortfall(ctx, c, d.accountID, needed.Sub(available), balance.Arrears)
		var r clause.Refusal
		if !errors.As(err, &r) {
			return err
		}
		d.refuse(r)
	}
	return nil
}

// balance is what the account has; where the order is to be paid from it, it is
// held for that.
func (d *decision) balance(ctx context.Context, c *db.Client, currency money.Currency) (ledger.Balance, error) {
	if d.tx == nil || d.total.IsZero() {
		return ledger.Read(ctx, c, d.accountID, currency)
	}
	var err error
	if d.held, err = ledger.LockBalance(d.tx.Tx, d.accountID, currency); err != nil {
		return ledger.Balance{}, err
	}
	return d.held.Balance(), nil
}

// opening holds that the service can open: one of a product an application
// (3.7), large enough for the present use (2.3).
func (d *decision) opening(ctx context.Context, c *db.Client, now time.Time) error {
	if d.plan == nil || d.application == nil {
		return nil
	}
	zone, err := d.zone()
	if err != nil {
		return err
	}
	d.opens = service.Opening{Application: d.application, Plan: d.plan, Months: d.months, Zone: zone}
	refusals, err := service.Refusals(ctx, c, &d.opens, now)
	for _, r := range refusals {
		d.refuse(r)
	}
	return err
}
