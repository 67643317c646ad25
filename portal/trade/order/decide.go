package order

import (
	"context"
	"errors"
	"slices"
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
	"portico/portal/access/staff"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
	"portico/portal/kernel/param"
	"portico/portal/offer/catalog"
	"portico/portal/offer/rating"
	"portico/portal/trade/service"
	"portico/text"
)

// request is what would be ordered; preview and placing share it.
type request struct {
	OrderPreviewInput
	// expected is the price that was shown; a preview has none.
	expected *money.Input
}

// view is what a decision is read from, and at which instant.
type view struct {
	store     *ent.Store
	client    *db.Client
	now, wall time.Time
	// tx is the transaction that places the order; a preview has none.
	tx *command.Tx
}

// decision is everything that an order rests on, and the refusals of it in the
// order in which they are reported.
type decision struct {
	request
	view
	application *db.Application // nil if it can't order
	plan        *db.Plan        // nil if it can't be ordered
	basis       *statement.Basis
	prices      []*db.Price
	lines       []rating.Line
	total       *money.Amount // nil while the lines aren't known
	months      int           // of the paid term
	confirmed   bool          // the total is known, and is what was confirmed or is shown by a preview
	balance     *ledger.LockedBalance
	stays       bool // the application is locked, and active
	opens       service.Opening
	replaces    *Replacement  // what the order would end, if anything
	budget      *staff.Budget // that the order is counted in; nil if in none
	refusals    []clause.Refusal
}

// decide is the one decision about an order: orderPreview reports all its
// refusals, placeOrder those that decision.reported picks. It only reads. The caller
// has asked for the permission on the application, which is found, and has
// confined the context to the application's account.
func decide(ctx context.Context, v view, found db.Node, in request) (*decision, error) {
	d := &decision{request: in, view: v}
	d.takeApplication(found)
	if err := d.findPlan(ctx); err != nil {
		return nil, err
	}
	if d.plan != nil && d.application != nil {
		if err := d.checkRegion(ctx); err != nil {
			return nil, err
		}
	}
	if d.plan != nil {
		if err := d.rate(); err != nil {
			return nil, err
		}
	}
	d.checkPromotion()
	d.checkPrice()
	if d.plan == nil || d.application == nil {
		return d, nil
	}
	if d.total != nil {
		if err := d.checkSpendingLimits(ctx); err != nil {
			return nil, err
		}
	}
	if err := d.checkStanding(ctx); err != nil {
		return nil, err
	}
	if d.total != nil {
		if err := d.checkFunds(ctx); err != nil {
			return nil, err
		}
	}
	if err := d.checkOpening(ctx); err != nil {
		return nil, err
	}
	return d, d.checkReplacing(ctx)
}

// refuse adds a refusal, with what its remedy needs to repeat the order.
func (d *decision) refuse(r clause.Refusal) {
	r = r.With("accountId", d.AccountID).With("planId", d.PlanID).With("applicationId", d.ApplicationID)
	if d.Term != nil {
		r = r.With("term", map[string]any{"unit": string(d.Term.Unit), "count": d.Term.Count})
	}
	if d.confirmed {
		r = r.With("expectedTotal", *d.total)
	}
	d.refusals = append(d.refusals, r)
}

func (d *decision) takeApplication(found db.Node) {
	row, is := found.(*db.Application)
	switch {
	case !is:
		d.refuse(clause.NotFound.At("applicationId"))
	case row.AccountID != d.AccountID:
		d.refuse(clause.NotFound.At("accountId"))
	case row.Status == application.StatusDELETED:
		d.refuse(service.ApplicationDeleted.At("applicationId"))
	default:
		d.application = row
	}
}

func (d *decision) findPlan(ctx context.Context) error {
	row, err := d.readPlan(ctx)
	if err != nil {
		return err
	}
	switch {
	case row == nil:
		d.refuse(PlanNotFound.At("planId"))
	case !catalog.Orderable(row):
		d.refuse(PlanWithdrawn.At("planId"))
	case !row.SelfService:
		d.refuse(QuotationNeeded.At("planId"))
	default:
		d.plan = row
	}
	return nil
}

// readPlan reads the basis of the order, the plan, and its prices with those that
// signed agreements set for the account (13.3); nil if there is no such plan.
func (d *decision) readPlan(ctx context.Context) (*db.Plan, error) {
	var err error
	if d.basis, err = statement.BasisOf(ctx, d.client, d.PlanID, d.AccountID, d.ApplicationID, d.now); err != nil || d.basis == nil {
		return nil, err
	}
	row, prices, err := catalog.Known(ctx, d.store, d.client, d.PlanID, d.basis)
	if err == nil && row != nil && d.basis.Signed > 0 {
		prices, err = catalog.Signed(ctx, d.client, d.AccountID, prices, d.PlanID)
	}
	d.prices = prices
	return row, err
}

// rate finds the price in force and computes the lines (3.1, 3.4).
func (d *decision) rate() error {
	prices := catalog.InForce(d.prices, d.now)
	metered := d.plan.Charging == plan.ChargingMETERED
	switch {
	case len(prices) == 0:
		d.refuse(PriceNotInForce.At("planId"))
	case metered && d.Term != nil:
		d.refuse(TermNotAllowed.At("term"))
	case !metered && d.Term == nil && !costless(prices):
		d.refuse(TermRequired.At("term"))
	case d.Term == nil:
		d.rated(rating.Opening(d.planNames(), metered, money.Currency(d.plan.Currency)))
	case d.Term.Count < 1 || d.Term.Count > catalog.MostTerm:
		d.refuse(clause.InvalidField("term.count", "应为 1 至 36。", "it is 1 to 36."))
	default:
		return d.rateTerm(prices)
	}
	return nil
}

func (d *decision) rateTerm(prices []*db.Price) error {
	price, times := catalog.ForTerm(prices, *d.Term)
	if price == nil {
		d.refuse(TermNotOffered.At("term"))
		return nil
	}
	unitPrice, err := money.ParseDecimal(price.UnitPrice)
	if err != nil {
		return err
	}
	term := rating.Term{Unit: string(d.Term.Unit), Count: d.Term.Count}
	line, err := rating.Prepaid(d.planNames(), term, times, unitPrice, money.Currency(d.plan.Currency))
	if errors.Is(err, money.ErrRange) {
		d.refuse(TermNotOffered.At("term"))
		return nil
	}
	if err != nil {
		return err
	}
	d.months = term.Months()
	d.rated(line)
	return nil
}

func (d *decision) planNames() clause.Text {
	return clause.Text{ZH: d.plan.NameZh, EN: d.plan.NameEn}
}

func (d *decision) rated(line rating.Line) {
	d.lines = []rating.Line{line}
	total := rating.Total(d.lines, money.Currency(d.plan.Currency))
	d.total = &total
}

// costless reports whether a prepaid plan costs nothing for any term; then it
// needs none (9.8).
func costless(prices []*db.Price) bool {
	for _, p := range prices {
		if d, err := money.ParseDecimal(p.UnitPrice); err != nil || !d.IsZero() {
			return false
		}
	}
	return true
}

// checkPromotion refuses every promotion code: there are no promotions yet (3.2).
func (d *decision) checkPromotion() {
	if strings.TrimSpace(text.Value(d.PromotionCode)) != "" {
		d.refuse(PromotionUnknown.At("promotionCode"))
	}
}

// checkPrice compares the total with the price that was confirmed (3.4).
func (d *decision) checkPrice() {
	if d.expected == nil || d.total == nil {
		d.confirmed = d.total != nil
		return
	}
	expected, err := d.expected.Exact()
	if err != nil {
		d.refuse(clause.InvalidField("expectedTotal.amount", "不是该货币的金额。", "it is no amount of its currency.").Because(err))
		return
	}
	if d.confirmed = expected == *d.total; !d.confirmed {
		d.refuse(PriceChanged.At("expectedTotal").With("total", *d.total).With("currency", d.total.Currency().String()).
			With("expectedTotal", *d.total))
	}
}

// checkSpendingLimits compares the total with the most that the person's grants
// let one order cost, and then with what they leave for the month (1.5): of the
// grants that it may use now, without those that ask for a second factor first. An
// order is paid under one grant: one without a monthly limit, or else the one that
// leaves most.
func (d *decision) checkSpendingLimits(ctx context.Context) error {
	usable := authz.From(ctx).Usable(authz.OrderPlace, command.ObjectOf(d.application), d.now, d.wall)
	var most int64
	within := slices.DeleteFunc(slices.Clone(usable), func(g authz.Grant) bool {
		if g.SpendingLimit == nil || d.total.Minor() <= *g.SpendingLimit {
			return false
		}
		most = max(most, *g.SpendingLimit)
		return true
	})
	above := len(usable) > 0 && len(within) == 0
	if above {
		limit := money.New(most, d.total.Currency())
		d.refuse(SpendingLimitExceeded.With("limit", limit).With("currency", limit.Currency().String()))
		within = usable
	}
	if d.total.IsZero() {
		return nil
	}
	return d.checkMonthlyLimit(ctx, within, above)
}

// checkMonthlyLimit compares the total with what the grants leave for the month, in
// the agreement's zone. Above the limits of one order it is only counted: who approves
// that holds no monthly limit either.
func (d *decision) checkMonthlyLimit(ctx context.Context, grants []authz.Grant, above bool) error {
	zone, err := param.ZoneBy(d.basis.Zone)
	if err != nil {
		return err
	}
	d.budget, err = staff.Fullest(ctx, d.client, grants, staff.Month(zone, d.now))
	if err != nil || d.budget == nil || d.total.Minor() <= d.budget.Left() {
		return err
	}
	d.budget.Exceed() // if an approval lifts the refusal
	if above {
		return nil
	}
	currency := d.total.Currency()
	d.refuse(MonthlyLimitExceeded.With("limit", money.New(d.budget.Limit, currency)).With("left", money.New(d.budget.Left(), currency)).
		With("currency", currency.String()).With("renewsAt", zone.Start(zone.Day(zone.StartOfMonth(d.now)).AddMonths(1, 0))))
	return nil
}

// checkStanding refuses a service that standing would stop at once (3.8).
func (d *decision) checkStanding(ctx context.Context) error {
	if d.tx != nil && d.tx.Unrestricted(d.AccountID) {
		return nil
	}
	o := command.ObjectOf(d.application)
	o.Class = string(d.plan.Class)
	err := command.Denied(ctx, d.client, authz.ServiceRun, o, d.now)
	var r clause.Refusal
	if errors.As(err, &r) {
		d.refuse(r.At("planId"))
		return nil
	}
	return err
}

// checkFunds holds that the available balance covers the order, or for a metered
// plan its minimum (3.3).
func (d *decision) checkFunds(ctx context.Context) error {
	needed := *d.total
	if least := d.plan.Minimum(); needed.Less(least) {
		needed = least
	}
	if needed.IsZero() {
		return nil
	}
	balance, err := d.readBalance(ctx, needed.Currency())
	if err != nil {
		return err
	}
	available := balance.Available()
	if !available.Less(needed) {
		return nil
	}
	err = ledger.Shortfall(ctx, d.client, d.AccountID, needed.Sub(available), balance.Arrears)
	var r clause.Refusal
	if errors.As(err, &r) {
		d.refuse(r)
		return nil
	}
	return err
}

// readBalance reads the account's balance. Where the order is paid from it, it locks
// the balance and the application, so that placing the order needn't read them again.
func (d *decision) readBalance(ctx context.Context, currency money.Currency) (ledger.Balance, error) {
	if d.tx == nil || d.total.IsZero() {
		return ledger.Read(ctx, d.client, d.AccountID, currency)
	}
	var err error
	if d.balance, d.stays, err = ledger.LockBalanceBeside(d.tx.Tx, d.AccountID, currency, d.ApplicationID); err != nil {
		return ledger.Balance{}, err
	}
	return d.balance.Balance(), nil
}

// checkOpening holds that the service can open: one of a product for an
// application (3.7), large enough for the present use (2.3).
func (d *decision) checkOpening(ctx context.Context) error {
	zone, err := param.ZoneBy(d.basis.Zone)
	if err != nil {
		return err
	}
	d.opens = service.Opening{Application: d.application, Plan: d.plan, Months: d.months, Zone: zone, Running: d.basis.Running, Stays: d.stays}
	refusals, err := service.Refusals(ctx, d.client, &d.opens, d.now)
	for _, r := range refusals {
		d.refuse(r)
	}
	return err
}
