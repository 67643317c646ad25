// Package catalog owns the products and plans that can be ordered, their prices
// and their limits, in versions.
package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"portico/clause"
	"portico/ent/db"
)

// Document is a catalogue as a provider writes it: a JSON file that is loaded
// as a whole or refused; texts are written {"zh": …, "en": …}. It doesn't
// change existing orders (2.1).
type Document struct {
	// Currency of every price and minimum, an ISO 4217 code.
	Currency string    `json:"currency"`
	Products []Product `json:"products"`
}

// Product is one product with its plans.
type Product struct {
	Code         string      `json:"code"`
	Names        clause.Text `json:"names"`
	Descriptions clause.Text `json:"descriptions"`
	// Provider is the contracting body (2.2); for a resold product, the one that
	// sells it.
	Provider Body `json:"provider"`
	// Jointly are further bodies of the provider that contract together with
	// Provider (2.2).
	Jointly []Body `json:"jointly,omitempty"`
	// Partner provides the product, or takes part in it; its plans then have the
	// class THIRD_PARTY (2.2, 3.8).
	Partner *Body `json:"partner"`
	// Resold means that the provider only sells the product: the partner is the
	// contracting body (2.2).
	Resold bool `json:"resold,omitempty"`
	// DomesticCountries are the countries (ISO 3166-1 alpha-2) whose entities
	// don't count as foreign, for a product whose plans differ by region (2.4).
	// The default is mainland China with Hong Kong, Macao and Taiwan, which 12.4
	// distinguishes from abroad.
	DomesticCountries []string `json:"domesticCountries,omitempty"`
	Plans             []Plan   `json:"plans"`
}

// Provision is how a product is provided (2.2).
type Provision string

// The ways of providing a product.
const (
	ByProvider  Provision = "BY_PROVIDER"  // by one body of the provider
	JointlyBy   Provision = "JOINTLY"      // by several bodies of the provider together
	WithPartner Provision = "WITH_PARTNER" // by the provider and a partner together
	ResoldFor   Provision = "RESOLD"       // by the partner, which contracts; the provider sells
)

// Provided returns how a product is provided, and its contracting bodies, in
// Chinese as contracts name them (2.2).
func (p Product) Provided() (Provision, []string) {
	if p.Resold {
		return ResoldFor, []string{p.Partner.Names.ZH}
	}
	bodies := []string{p.Provider.Names.ZH}
	for _, b := range p.Jointly {
		bodies = append(bodies, b.Names.ZH)
	}
	switch {
	case p.Partner != nil:
		return WithPartner, append(bodies, p.Partner.Names.ZH)
	case len(bodies) > 1:
		return JointlyBy, bodies
	}
	return ByProvider, bodies
}

// DomesticOf returns the countries whose entities aren't foreign for a product
// (2.4).
func DomesticOf(p *db.Product) []string {
	if len(p.DomesticCountries) == 0 {
		return Domestic
	}
	return p.DomesticCountries
}

// Domestic are the countries whose entities don't count as foreign by default
// (2.4).
var Domestic = []string{"CN", "HK", "MO", "TW"}

// Body is a contracting body or a partner (2.2).
type Body struct {
	Code  string      `json:"code"`
	Names clause.Text `json:"names"`
}

// Charging is when a plan is paid.
type Charging string

// The ways of charging.
const (
	Prepaid Charging = "PREPAID" // a term, paid when ordered
	Metered Charging = "METERED" // usage, billed after each period
)

// Period is how often a metered plan is billed (3.4).
type Period string

// The billing periods.
const (
	Hour Period = "HOUR"
	Day  Period = "DAY"
	// Month is also a unit of terms.
	Month Period = "MONTH"
	// Year is a unit of terms only.
	Year Period = "YEAR"
)

// Class is how arrears affect a plan (3.8): subscriptions and metered plans
// continue during the days of grace; real-time metered and third-party plans
// stop at once.
type Class string

// The classes of plans.
const (
	Subscription Class = "SUBSCRIPTION"
	ByUsage      Class = "METERED"
	RealTime     Class = "REALTIME" // of metered plans, those billed by the hour in the demonstration
	ThirdParty   Class = "THIRD_PARTY"
)

// Mark marks free and trial use on orders and bills; such use has no service
// level (9.8).
type Mark string

// The marks.
const (
	Regular Mark = "REGULAR"
	Free    Mark = "FREE"
	Trial   Mark = "TRIAL"
)

// Ordering is how a plan is bought (3.4).
type Ordering string

// The ways of ordering.
const (
	SelfService Ordering = "SELF_SERVICE" // at the price shown
	Quotation   Ordering = "QUOTATION"    // at a price that an operator quotes
)

// Region is where an application is placed. An entity outside mainland China
// orders plans that are orderable OVERSEAS, if the product's plans differ by
// region (2.4).
type Region string

// The regions.
const (
	Mainland Region = "MAINLAND"
	Overseas Region = "OVERSEAS"
)

// Plan is a plan that can be ordered.
type Plan struct {
	Code         string      `json:"code"`
	Names        clause.Text `json:"names"`
	Descriptions clause.Text `json:"descriptions"`
	Charging     Charging    `json:"charging"`
	// BillingPeriod is that of a metered plan; empty for a prepaid one.
	BillingPeriod Period   `json:"billingPeriod,omitempty"`
	Class         Class    `json:"class"`
	Mark          Mark     `json:"mark"`
	Ordering      Ordering `json:"ordering"`
	// Orderable lists the regions that the plan can be ordered for, at least one;
	// RegionClause is the clause that excludes the others (2.4).
	Orderable    []Region   `json:"orderable"`
	RegionClause clause.Ref `json:"regionClause,omitempty"`
	// MinimumAvailable is the available balance required to open a metered plan,
	// a decimal (3.3); empty for a prepaid one.
	MinimumAvailable string  `json:"minimumAvailable,omitempty"`
	Limits           []Limit `json:"limits"`
	Prices           []Price `json:"prices"`
}

// Window is the period over which the quantity of a limit is counted.
type Window string

// The windows.
const (
	Gauge    Window = "GAUGE" // what there is now
	EveryDay Window = "DAY"   // the sum of a day in the agreement's zone
)

// Effect is what a limit does.
type Effect string

// The effects.
const (
	// Refuse: when Quantity is used, one more is refused.
	Refuse Effect = "REFUSE"
	// Oblige: above Quantity an obligation begins; nothing is refused or cut.
	Oblige Effect = "OBLIGATION"
)

// Scope is the set of applications over which a limit is counted.
type Scope string

// The scopes.
const (
	// WholeAccount: over all applications of the account that run a service of
	// the product with this limit.
	WholeAccount Scope = "ACCOUNT"
	// EachApplication: for each application separately.
	EachApplication Scope = "APPLICATION"
)

// Limit is a limit of a plan (2.3, 2.4).
type Limit struct {
	Metric string `json:"metric"`
	// Quantity is absent if Figure is given: a limit has one source.
	Quantity int64  `json:"quantity,omitempty"`
	Window   Window `json:"window"`
	// Scope is ACCOUNT if absent.
	Scope  Scope      `json:"scope,omitempty"`
	Effect Effect     `json:"effect"`
	Clause clause.Ref `json:"clause"`
	// Figure is the figure of the agreement whose value is the quantity; a signed
	// agreement overrides it for an account (13.3).
	Figure string `json:"figure,omitempty"`
	// LiftedBy are the codes of the plans of the product that lift the limit:
	// the remedy of its refusal.
	LiftedBy []string `json:"liftedBy,omitempty"`
}

// Most returns the quantity of the limit: the standard agreement's value if it
// names a figure.
func (l Limit) Most() int64 {
	if f, ok := clause.FigureOf(l.Figure); ok && f.Unit == clause.Count {
		return int64(f.Int())
	}
	return l.Quantity
}

// Term is a length of time that a prepaid plan is sold for.
type Term struct {
	Unit  Period `json:"unit"`
	Count int    `json:"count"`
}

// Price is the price of Per units of a metric, or of one term of a prepaid
// plan (Metric nil, Per 1), from an instant on (3.1).
type Price struct {
	Metric *string `json:"metric"`
	Per    int64   `json:"per"`
	Term   *Term   `json:"term"`
	// UnitPrice is a decimal, "0.0280"; it can have more places than the
	// currency, since the bill's line is rounded.
	UnitPrice     string    `json:"unitPrice"`
	Currency      string    `json:"currency"`
	EffectiveFrom time.Time `json:"effectiveFrom"`
}

// DocumentInvalid refuses a catalogue. Its parameters are "where", the path
// of the value ("products[0].plans[1].prices"), and "detail".
var DocumentInvalid = clause.Declare(clause.Refusal{Code: "CATALOGUE_INVALID", Clause: "2.1",
	Text:   clause.Text{ZH: "产品目录在 {where} 处无效：{detail}", EN: "The catalogue is not valid at {where}: {detail}"},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请改正目录文件后重新载入。", EN: "Correct the file and load it again."}}})

func invalid(where, zh, en string, args ...any) error {
	return DocumentInvalid.With("where", where).
		With("detail", clause.Text{ZH: fmt.Sprintf(zh, args...), EN: fmt.Sprintf(en, args...)})
}

// ReadDocument reads a catalogue. An unknown field, a missing one, or
// contradicting values refuse the whole document with CATALOGUE_INVALID (2.1).
func ReadDocument(text []byte) (Document, error) {
	var d Document
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&d); err != nil {
		return Document{}, invalid("document", "不是有效的 JSON 目录：%v", "not a valid JSON catalogue: %v", err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return Document{}, invalid("document", "目录之后还有内容", "there is content after the catalogue")
	}
	if err := d.check(); err != nil {
		return Document{}, err
	}
	return d, nil
}

// Plan returns the plan with a code, and its product; false if there is none.
func (d Document) Plan(code string) (Plan, Product, bool) {
	for _, product := range d.Products {
		for _, plan := range product.Plans {
			if plan.Code == code {
				return plan, product, true
			}
		}
	}
	return Plan{}, Product{}, false
}
