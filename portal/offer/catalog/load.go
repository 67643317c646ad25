package catalog

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/plan"
	"portico/ent/db/product"
	"portico/money"
	"portico/portal/kernel/command"
)

// Load makes the catalogue what a document says, at once (2.1). It is
// idempotent: a document loaded again changes nothing. A changed plan gets the
// next version; one that is no longer there can't be ordered any more, and
// what runs on it goes on. Prices are only added. For the command line and the
// sandbox; nobody else may. Refusals: [DocumentInvalid], [PriceFixed],
// [PriceBackdated].
func Load(ctx context.Context, s *ent.Store, doc Document) error {
	_, err := command.Do(ctx, s, command.Command{Name: loadCommand, Global: true, SignedIn: true, Input: doc}, func(tx *command.Tx) (struct{}, error) {
		if tx.Principal().Kind != authz.System {
			return struct{}{}, clause.OnlySystem
		}
		if err := doc.check(); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, load(tx, doc)
	})
	return err
}

func load(tx *command.Tx, doc Document) error {
	l := loader{tx: tx, currency: money.Currency(doc.Currency), products: map[string]*db.Product{}, plans: map[string]*db.Plan{}}
	products, err := tx.Product.Query().All(tx)
	if err != nil {
		return err
	}
	for _, p := range products {
		l.products[p.Code] = p
	}
	plans, err := tx.Plan.Query().All(tx)
	if err != nil {
		return err
	}
	for _, p := range plans {
		l.plans[p.Code] = p
	}
	if l.prices, err = tx.Client().Price.Query().All(tx); err != nil {
		return err
	}
	for i, p := range doc.Products {
		if err := l.product(int64(i), p); err != nil {
			return err
		}
	}
	return l.withdraw(doc)
}

// loader holds the state of the catalogue before a load.
type loader struct {
	tx       *command.Tx
	currency money.Currency
	products map[string]*db.Product
	plans    map[string]*db.Plan
	prices   []*db.Price
}

// provided is what a product's row states about who provides it and to whom
// (2.2, 2.4).
type provided struct {
	Body      string
	Bodies    []string
	Partner   *string
	Provision string
	Domestic  []string
}

func (p Product) provided() provided {
	how, bodies := p.Provided()
	of := provided{Body: bodies[0], Bodies: bodies, Provision: string(how), Domestic: p.DomesticCountries}
	if p.Partner != nil {
		of.Partner = &p.Partner.Names.ZH
	}
	if len(of.Domestic) == 0 {
		of.Domestic = Domestic
	}
	return of
}

func (l loader) product(position int64, p Product) error {
	by := p.provided()
	old := l.products[p.Code]
	var id string
	switch {
	case old == nil:
		row, err := l.tx.Product.Create().SetCode(p.Code).SetNameZh(p.Names.ZH).SetNameEn(p.Names.EN).
			SetDescriptionZh(p.Descriptions.ZH).SetDescriptionEn(p.Descriptions.EN).SetProviderBody(by.Body).SetProviderBodies(by.Bodies).
			SetNillablePartner(by.Partner).SetProvision(by.Provision).SetDomesticCountries(by.Domestic).SetPosition(position).Save(l.tx)
		if err != nil {
			return stale(err)
		}
		l.tx.AuditDetail("product "+p.Code, "added")
		id = row.ID
	default:
		id = old.ID
		was := []any{old.NameZh, old.NameEn, old.DescriptionZh, old.DescriptionEn, old.Position,
			provided{old.ProviderBody, old.ProviderBodies, old.Partner, provisionOf(old.Provision), old.DomesticCountries}}
		is := []any{p.Names.ZH, p.Names.EN, p.Descriptions.ZH, p.Descriptions.EN, position, by}
		if reflect.DeepEqual(was, is) {
			break
		}
		update := l.tx.Product.Update().Where(product.ID(id)).SetNameZh(p.Names.ZH).SetNameEn(p.Names.EN).
			SetDescriptionZh(p.Descriptions.ZH).SetDescriptionEn(p.Descriptions.EN).SetProviderBody(by.Body).SetProviderBodies(by.Bodies).
			ClearPartner().SetProvision(by.Provision).SetDomesticCountries(by.Domestic).SetPosition(position)
		if by.Partner != nil {
			update.SetPartner(*by.Partner)
		}
		if err := update.Exec(l.tx); err != nil {
			return err
		}
		l.tx.AuditDetail("product "+p.Code, was)
	}
	for i, of := range p.Plans {
		if err := l.plan(id, int64(i), of); err != nil {
			return err
		}
	}
	return nil
}

func provisionOf(kept *string) string {
	if kept == nil {
		return ""
	}
	return *kept
}

// content is what a version of a plan consists of; rows and documents are
// compared by it.
type content struct {
	NameZH, NameEN, DescriptionZH, DescriptionEN string
	Charging                                     plan.Charging
	Period                                       plan.BillingPeriod
	Class                                        plan.Class
	Region                                       plan.Region
	Minimum                                      int64
	Free, SelfService                            bool
	Position                                     int64
	Limits                                       []ent.Limit
}

func contentOf(p *db.Plan) content {
	return content{p.NameZh, p.NameEn, p.DescriptionZh, p.DescriptionEn, p.Charging, p.BillingPeriod, p.Class, p.Region,
		p.MinimumMinor, p.Free, p.SelfService, p.Position, slices.Clip(p.Limits)}
}

func (p Plan) content(c money.Currency, position int64) (content, error) {
	is := content{NameZH: p.Names.ZH, NameEN: p.Names.EN, DescriptionZH: p.Descriptions.ZH, DescriptionEN: p.Descriptions.EN,
		Charging: plan.Charging(p.Charging), Period: plan.BillingPeriodNONE, Class: plan.Class(p.Class), Region: plan.RegionANY,
		Free: p.Mark != Regular, SelfService: p.Ordering == SelfService, Position: position, Limits: []ent.Limit{}}
	if p.BillingPeriod != "" {
		is.Period = plan.BillingPeriod(p.BillingPeriod)
	}
	if is.Free && p.Class == Subscription {
		is.Class = plan.ClassFREE // arrears don't stop a free plan (3.8)
	}
	if len(p.Orderable) == 1 {
		is.Region = plan.Region(p.Orderable[0])
	}
	if p.MinimumAvailable != "" {
		least, err := money.Parse(p.MinimumAvailable, c)
		if err != nil {
			return is, invalid(p.Code+".minimumAvailable", "不是 %s 的金额：%s", "not an amount of %s: %s", c, p.MinimumAvailable)
		}
		is.Minimum = least.Minor()
	}
	for _, limit := range p.Limits {
		row := ent.Limit{Metric: limit.Metric, Quantity: strconv.FormatInt(p.most(limit), 10), Clause: string(limit.Clause),
			Effect: EffectRefuse, Figure: limit.Figure, LiftedBy: append([]string(nil), limit.LiftedBy...)}
		if limit.Effect == Oblige {
			row.Effect = EffectOblige
		}
		if limit.Window == EveryDay {
			row.Period = string(EveryDay)
		}
		if limit.Scope == EachApplication {
			row.Scope = string(EachApplication)
		}
		is.Limits = append(is.Limits, row)
	}
	return is, nil
}

// The effects of a limit as rows store them.
const (
	EffectRefuse = "REFUSE"
	EffectOblige = "OBLIGE"
)

func (l loader) plan(productID string, position int64, p Plan) error {
	is, err := p.content(l.currency, position)
	if err != nil {
		return err
	}
	old := l.plans[p.Code]
	var id string
	switch {
	case old == nil:
		row, err := l.tx.Plan.Create().SetProductID(productID).SetCode(p.Code).SetVersion(1).SetNameZh(is.NameZH).SetNameEn(is.NameEN).
			SetDescriptionZh(is.DescriptionZH).SetDescriptionEn(is.DescriptionEN).SetCharging(is.Charging).SetBillingPeriod(is.Period).
			SetClass(is.Class).SetRegion(is.Region).SetMinimumMinor(is.Minimum).SetCurrency(l.currency.String()).SetFree(is.Free).
			SetSelfService(is.SelfService).SetRank(position).SetPosition(position).SetLimits(is.Limits).Save(l.tx)
		if err != nil {
			return stale(err)
		}
		l.tx.AuditDetail("plan "+p.Code, "added")
		id = row.ID
	case old.ProductID != productID || old.Currency != l.currency.String():
		return invalid(p.Code, "套餐不能改换产品或货币", "a plan cannot change its product or currency")
	case old.Charging != is.Charging || old.BillingPeriod != is.Period: // running services were ordered so (2.1)
		return invalid(p.Code, "套餐不能改换计费方式或计费周期", "a plan cannot change its charging or billing period")
	default:
		if id = old.ID; reflect.DeepEqual(contentOf(old), is) && old.WithdrawnAt == nil {
			break
		}
		n, err := l.tx.Plan.Update().Where(plan.ID(id), plan.Version(old.Version)).SetVersion(old.Version + 1).
			SetNameZh(is.NameZH).SetNameEn(is.NameEN).SetDescriptionZh(is.DescriptionZH).SetDescriptionEn(is.DescriptionEN).
			SetCharging(is.Charging).SetBillingPeriod(is.Period).SetClass(is.Class).SetRegion(is.Region).SetMinimumMinor(is.Minimum).
			SetFree(is.Free).SetSelfService(is.SelfService).SetRank(position).SetPosition(position).SetLimits(is.Limits).
			ClearWithdrawnAt().Save(l.tx)
		if err != nil {
			return err
		}
		if n == 0 {
			return ent.ErrStale
		}
		// The rule REVISED of ent/rules/names.sql counts the details of this name, those
		// of earlier releases included: it stays as it is.
		l.tx.AuditDetail(fmt.Sprintf("plan %s revision %d", p.Code, old.Version), contentOf(old))
	}
	for _, price := range p.Prices {
		if err := l.price(id, p.Code, price); err != nil {
			return err
		}
	}
	return nil
}

// price adds a price that isn't there yet (3.1).
func (l loader) price(planID, code string, p Price) error {
	from := p.EffectiveFrom.UTC().Truncate(time.Microsecond)
	s, price := p.series(), p.UnitPrice+" "+p.Currency
	has := false
	for _, old := range l.prices {
		if old.PlanID != planID || SeriesOf(old) != s {
			continue
		}
		has = true
		if !old.EffectiveFrom.Equal(from) {
			continue
		}
		if old.Per != strconv.FormatInt(p.Per, 10) || old.UnitPrice != p.UnitPrice || old.Currency != p.Currency {
			return PriceFixed.With("plan", code).With("price", old.UnitPrice+" "+old.Currency)
		}
		return nil
	}
	if has && !from.After(l.tx.Now) {
		return PriceBackdated.With("plan", code).With("price", price)
	}
	row, err := l.tx.Price.Create().SetPlanID(planID).SetMetric(s.Metric).SetPer(strconv.FormatInt(p.Per, 10)).
		SetTermUnit(string(s.Unit)).SetTermCount(int64(s.Count)).SetUnitPrice(p.UnitPrice).SetCurrency(p.Currency).
		SetEffectiveFrom(from).Save(l.tx)
	if err == nil {
		l.tx.AuditDetail(PriceKey(code, s, from), PriceText(row))
	}
	return stale(err)
}

// withdraw withdraws plans that the document doesn't have.
func (l loader) withdraw(doc Document) error {
	for code, p := range l.plans {
		if _, _, there := doc.Plan(code); there || p.WithdrawnAt != nil {
			continue
		}
		if err := l.tx.Plan.Update().Where(plan.ID(p.ID)).SetWithdrawnAt(l.tx.Now).Exec(l.tx); err != nil {
			return err
		}
		l.tx.AuditDetail("plan "+code, "withdrawn")
	}
	return nil
}

// stale turns the duplicate of a concurrent insert into a rerun.
func stale(err error) error {
	if ent.IsDuplicate(err) {
		return ent.ErrStale
	}
	return err
}
