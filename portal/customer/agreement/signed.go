package agreement

import (
	"strings"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/text"
)

// Signed is an agreement that was signed with one account, and the period in
// which it holds (13.3).
type Signed struct {
	AccountID string
	// Number is 1 to 100 printable ASCII characters.
	Number string
	// From is when it begins.
	From time.Time
	// Until is when it ends; nil is no end.
	Until *time.Time
}

const maxAgreementNumber = 100

// Check refuses an agreement without a number, and one that ends before it
// begins: INVALID_INPUT at agreementNumber or until.
func (s Signed) Check() error {
	var check clause.Check
	if !text.Printable(strings.TrimSpace(s.Number), maxAgreementNumber) {
		check.Add(clause.InvalidField("agreementNumber", "应为 1 至 100 个可打印的 ASCII 字符", "must have 1 to 100 printable ASCII characters"))
	}
	if s.Until != nil && !stored(*s.Until).After(s.FromAt()) {
		check.Add(clause.InvalidField("until", "应晚于 from", "must be later than from"))
	}
	return check.Err()
}

// FromAt returns From as it is stored.
func (s Signed) FromAt() time.Time { return stored(s.From) }

// stored returns an instant as it is stored.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// override returns the unsaved row of what a signed agreement sets.
func override(tx *ent.Tx, s Signed, figure, value string) *db.OverrideCreate {
	create := tx.Override.Create().SetAccountID(s.AccountID).SetFigure(figure).SetValue(value).
		SetAgreement(strings.TrimSpace(s.Number)).SetFromAt(s.FromAt()).
		SetRecordedBy(tx.Principal().ID).SetRecordedAt(tx.Now)
	if s.Until != nil {
		create.SetUntilAt(stored(*s.Until))
	}
	return create
}

// Price is a listed price that a signed agreement replaces: of a metric, or of
// a term.
type Price struct {
	PlanID string
	// Figure is its name among the overrides, Value its unit price.
	Figure, Value string
	Metric        string
	TermUnit      string
	TermCount     int
	// Per is how many units the price is for.
	Per string
}

// RecordPrice records a price of a signed agreement (13.3). For the unit that
// owns prices, which has checked it.
func RecordPrice(tx *ent.Tx, s Signed, p Price) (*db.Override, error) {
	return override(tx, s, p.Figure, p.Value).SetPlanID(p.PlanID).SetMetric(p.Metric).
		SetTermUnit(p.TermUnit).SetTermCount(int64(p.TermCount)).SetPer(p.Per).Save(tx)
}

// SignedPrice describes an overridden price.
var SignedPrice = clause.Text{ZH: "签署的协议为该账户约定的价格", EN: "a price that a signed agreement sets for the account"}
