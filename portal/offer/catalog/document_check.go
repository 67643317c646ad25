package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"portico/clause"
	"portico/money"
)

var (
	codeForm    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	metricForm  = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)
	decimalForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,11})(\.[0-9]{1,8})?$`)
	countryForm = regexp.MustCompile(`^[A-Z]{2}$`)
)

func (d Document) check() error {
	if c := money.Currency(d.Currency); !c.Known() {
		return invalid("currency", "应为 ISO 4217 货币代码，%v 之一", "must be an ISO 4217 code, one of %v", money.Currencies())
	}
	if len(d.Products) == 0 {
		return invalid("products", "没有任何产品", "there is no product")
	}
	products, plans := map[string]bool{}, map[string]bool{}
	for i, p := range d.Products {
		at := fmt.Sprintf("products[%d]", i)
		if products[p.Code] {
			return invalid(at+".code", "代码 %s 出现了两次", "the code %s appears twice", p.Code)
		}
		products[p.Code] = true
		if err := p.check(at, d.Currency); err != nil {
			return err
		}
		for j, plan := range p.Plans {
			if plans[plan.Code] {
				return invalid(fmt.Sprintf("%s.plans[%d].code", at, j), "代码 %s 出现了两次", "the code %s appears twice", plan.Code)
			}
			plans[plan.Code] = true
		}
	}
	return nil
}

func (p Product) check(at, currency string) error {
	if err := named(at, p.Code, p.Names); err != nil {
		return err
	}
	if err := bothTexts(at+".descriptions", p.Descriptions); err != nil {
		return err
	}
	if err := named(at+".provider", p.Provider.Code, p.Provider.Names); err != nil {
		return err
	}
	if p.Partner != nil {
		if err := named(at+".partner", p.Partner.Code, p.Partner.Names); err != nil {
			return err
		}
	}
	if err := p.checkProvision(at); err != nil {
		return err
	}
	if len(p.Plans) == 0 {
		return invalid(at+".plans", "没有任何套餐", "there is no plan")
	}
	for i, plan := range p.Plans {
		if err := plan.check(fmt.Sprintf("%s.plans[%d]", at, i), p, currency); err != nil {
			return err
		}
	}
	return p.checkGauges(at)
}

// checkProvision checks that the provision of a product is consistent (2.2),
// and the form of the countries (2.4).
func (p Product) checkProvision(at string) error {
	seen := map[string]bool{p.Provider.Code: true}
	for i, b := range p.Jointly {
		where := fmt.Sprintf("%s.jointly[%d]", at, i)
		if err := named(where, b.Code, b.Names); err != nil {
			return err
		}
		if seen[b.Code] {
			return invalid(where+".code", "主体 %s 出现了两次", "the body %s appears twice", b.Code)
		}
		seen[b.Code] = true
	}
	if p.Resold && (p.Partner == nil || len(p.Jointly) > 0) {
		return invalid(at+".resold", "转售的产品由一个合作伙伴提供", "only a partner provides a resold product")
	}
	countries := map[string]bool{}
	for i, c := range p.DomesticCountries {
		if !countryForm.MatchString(c) || countries[c] {
			return invalid(fmt.Sprintf("%s.domesticCountries[%d]", at, i), "应为 ISO 3166-1 两字母代码，各一次：%q", "must be ISO 3166-1 alpha-2 codes, each once: %q", c)
		}
		countries[c] = true
	}
	return nil
}

// checkGauges checks that no plan of the product bills by use a metric that
// another plan limits as a level: levels can't be summed.
func (p Product) checkGauges(at string) error {
	levels := map[string]bool{}
	for _, plan := range p.Plans {
		for _, l := range plan.Limits {
			levels[l.Metric] = levels[l.Metric] || l.Window == Gauge
		}
	}
	for i, plan := range p.Plans {
		for j, price := range plan.Prices {
			if price.Metric != nil && levels[*price.Metric] {
				return invalid(fmt.Sprintf("%s.plans[%d].prices[%d].metric", at, i, j),
					"%s 是水平量，不能按用量计费", "%s is a level and cannot be billed by use", *price.Metric)
			}
		}
	}
	return nil
}

func named(at, code string, names clause.Text) error {
	if !codeForm.MatchString(code) {
		return invalid(at+".code", "代码应由小写字母、数字和连字符组成：%q", "a code has lower-case letters, digits and hyphens: %q", code)
	}
	return bothTexts(at+".names", names)
}

func bothTexts(at string, t clause.Text) error {
	if strings.TrimSpace(t.ZH) == "" || strings.TrimSpace(t.EN) == "" {
		return invalid(at, "须有 zh 和 en 两种文字", "must have a text in zh and in en")
	}
	return nil
}

// oneOf refuses a value that is not in an enumeration.
func oneOf[T ~string](at string, value T, values ...T) error {
	if !slices.Contains(values, value) {
		return invalid(at, "取值应为 %v 之一：%q", "must be one of %v, not %q", values, value)
	}
	return nil
}

func (p Plan) check(at string, product Product, currency string) error {
	for _, err := range []error{
		named(at, p.Code, p.Names),
		bothTexts(at+".descriptions", p.Descriptions),
		oneOf(at+".charging", p.Charging, Prepaid, Metered),
		oneOf(at+".mark", p.Mark, Regular, Free, Trial),
		oneOf(at+".ordering", p.Ordering, SelfService, Quotation),
		p.checkClass(at, product),
		p.checkCharging(at),
		p.checkRegions(at),
		p.checkLimits(at, product),
		p.checkPrices(at, currency),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (p Plan) checkClass(at string, product Product) error {
	want := Subscription
	switch {
	case product.Partner != nil:
		want = ThirdParty
	case p.Charging == Metered && p.Class == RealTime: // the catalogue decides which plans are real-time (3.8)
		return nil
	case p.Charging == Metered:
		want = ByUsage
	}
	if p.Class != want {
		return invalid(at+".class", "应为 %s：%q", "must be %s, not %q", want, p.Class)
	}
	return nil
}

func (p Plan) checkCharging(at string) error {
	if p.Charging == Prepaid {
		if p.BillingPeriod != "" {
			return invalid(at+".billingPeriod", "预付套餐没有计费周期", "a prepaid plan has no billing period")
		}
		if p.MinimumAvailable != "" {
			return invalid(at+".minimumAvailable", "预付套餐没有最低余额", "a prepaid plan has no minimum balance")
		}
		return nil
	}
	if err := oneOf(at+".billingPeriod", p.BillingPeriod, Hour, Day, Month); err != nil {
		return err
	}
	if !decimalForm.MatchString(p.MinimumAvailable) {
		return invalid(at+".minimumAvailable", "应为非负的十进制数：%q", "must be a decimal of zero or more: %q", p.MinimumAvailable)
	}
	return nil
}

func (p Plan) checkRegions(at string) error {
	seen := map[Region]bool{}
	for _, r := range p.Orderable {
		if err := oneOf(at+".orderable", r, Mainland, Overseas); err != nil {
			return err
		}
		if seen[r] {
			return invalid(at+".orderable", "%s 出现了两次", "%s appears twice", r)
		}
		seen[r] = true
	}
	if len(seen) == 0 {
		return invalid(at+".orderable", "没有任何地区", "there is no region")
	}
	_, known := clause.Lookup(p.RegionClause)
	if everywhere := len(seen) == 2; everywhere != (p.RegionClause == "") || !everywhere && !known {
		return invalid(at+".regionClause", "限定地区的套餐须引用一个条款，其他套餐不引用", "only a plan that is limited to a region cites a clause")
	}
	return nil
}

func (p Plan) checkLimits(at string, product Product) error {
	seen := map[string]bool{}
	for i, l := range p.Limits {
		where := fmt.Sprintf("%s.limits[%d]", at, i)
		if seen[l.Metric+" "+string(l.Effect)] {
			return invalid(where, "指标 %s 的同一种限制出现了两次", "the metric %s has this effect twice", l.Metric)
		}
		seen[l.Metric+" "+string(l.Effect)] = true
		if err := l.check(where, p.Code, product); err != nil {
			return err
		}
	}
	return nil
}

func (l Limit) check(at, plan string, product Product) error {
	if !metricForm.MatchString(l.Metric) {
		return invalid(at+".metric", "指标应形如 im.messages：%q", "a metric is like im.messages: %q", l.Metric)
	}
	if l.Figure == "" && l.Quantity <= 0 {
		return invalid(at+".quantity", "应为正整数：%d", "must be a positive integer: %d", l.Quantity)
	}
	if l.Figure != "" && l.Quantity != 0 {
		return invalid(at+".quantity", "数量即协议参数 %s 的值，请勿另写", "the quantity is the value of the figure %s; leave it out", l.Figure)
	}
	if err := oneOf(at+".window", l.Window, Gauge, EveryDay); err != nil {
		return err
	}
	if err := oneOf(at+".scope", l.Scope, "", WholeAccount, EachApplication); err != nil {
		return err
	}
	if err := oneOf(at+".effect", l.Effect, Refuse, Oblige); err != nil {
		return err
	}
	if _, ok := clause.Lookup(l.Clause); !ok {
		return invalid(at+".clause", "协议没有第 %q 条", "the agreement has no clause %q", l.Clause)
	}
	if l.Figure != "" {
		f, ok := clause.FigureOf(l.Figure)
		if !ok || f.Clause != l.Clause || f.Unit != clause.Count {
			return invalid(at+".figure", "第 %s 条没有名为 %s 的数量", "clause %s has no count named %s", l.Clause, l.Figure)
		}
	}
	for _, code := range l.LiftedBy {
		i := slices.IndexFunc(product.Plans, func(p Plan) bool { return p.Code == code })
		if i < 0 || code == plan {
			return invalid(at+".liftedBy", "%s 不是同一产品的其他套餐", "%s is not another plan of the product", code)
		}
		for _, other := range product.Plans[i].Limits {
			wider := l.Scope == EachApplication && other.Scope != EachApplication // counts more, so it may hold less
			if other.Metric == l.Metric && other.Effect == Refuse && (other.Most() <= l.Most() || wider) {
				return invalid(at+".liftedBy", "%s 的上限并不更高", "the limit of %s is not higher", code)
			}
		}
	}
	return nil
}

func (p Plan) checkPrices(at, currency string) error {
	if len(p.Prices) == 0 && p.Ordering == SelfService {
		return invalid(at+".prices", "可自助开通的套餐须有价格", "a self-service plan must have a price")
	}
	seen := map[string]bool{}
	for i, price := range p.Prices {
		where := fmt.Sprintf("%s.prices[%d]", at, i)
		if err := price.check(where, p, currency); err != nil {
			return err
		}
		key := price.key()
		if seen[key] {
			return invalid(where, "同一价格在同一时间出现了两次", "this price appears twice with the same time")
		}
		seen[key] = true
	}
	return nil
}

func (p Price) key() string {
	key := p.EffectiveFrom.UTC().String()
	if p.Metric != nil {
		key += " " + *p.Metric
	}
	if p.Term != nil {
		key += " " + string(p.Term.Unit) + strconv.Itoa(p.Term.Count)
	}
	return key
}

func (p Price) check(at string, plan Plan, currency string) error {
	switch {
	case plan.Charging == Prepaid && (p.Term == nil || p.Metric != nil || p.Per != 1):
		return invalid(at, "预付价格须有 term，metric 为 null，per 为 1", "a prepaid price must have a term, no metric, and per 1")
	case plan.Charging == Metered && (p.Metric == nil || p.Term != nil):
		return invalid(at, "按量价格须有 metric，term 为 null", "a metered price must have a metric and no term")
	case p.Metric != nil && !metricForm.MatchString(*p.Metric):
		return invalid(at+".metric", "指标应形如 im.messages：%q", "a metric is like im.messages: %q", *p.Metric)
	case p.Per <= 0:
		return invalid(at+".per", "应为正整数：%d", "must be a positive integer: %d", p.Per)
	case p.Term != nil && (p.Term.Unit != Month && p.Term.Unit != Year || p.Term.Count <= 0):
		return invalid(at+".term", "应为若干 MONTH 或 YEAR", "must be a number of MONTH or YEAR")
	case !decimalForm.MatchString(p.UnitPrice):
		return invalid(at+".unitPrice", "应为非负的十进制数：%q", "must be a decimal of zero or more: %q", p.UnitPrice)
	case p.Currency != currency:
		return invalid(at+".currency", "应为目录的货币 %s：%q", "must be the catalogue's %s, not %q", currency, p.Currency)
	case p.EffectiveFrom.IsZero():
		return invalid(at+".effectiveFrom", "缺少生效时间", "is missing")
	case p.Metric != nil && !p.EffectiveFrom.Equal(p.EffectiveFrom.UTC().Truncate(time.Hour)):
		return invalid(at+".effectiveFrom", "按量价格须自 UTC 整点起生效，用量按小时累计：%s", "a metered price must take effect at a full hour of UTC, since usage is totalled by the hour: %s",
			p.EffectiveFrom.UTC().Format(time.RFC3339Nano))
	case (plan.Mark == Free) != (strings.Trim(p.UnitPrice, "0.") == "") && plan.Mark != Trial:
		return invalid(at+".unitPrice", "标为 FREE 的套餐价格为零，其他套餐不为零：%s", "only a FREE plan may and must cost nothing: %s", p.UnitPrice)
	case !Tellable(p.series(), money.NewDecimal(p.Per), money.MustDecimal(p.UnitPrice), money.Currency(p.Currency)):
		return invalid(at+".unitPrice", "价格过高：一次上报的最大用量或一次订购的最长时长的金额无法表示：%s",
			"is too high: the amount for the most units of one report, or the longest term of one order, cannot be represented: %s", p.UnitPrice)
	}
	return nil
}

// series returns the series of the price.
func (p Price) series() (s Series) {
	if p.Metric != nil {
		s.Metric = *p.Metric
	}
	if p.Term != nil {
		s.Unit, s.Count = TermUnit(p.Term.Unit), p.Term.Count
	}
	return s
}
