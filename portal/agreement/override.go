package agreement

import (
	"context"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/portal/act"
	"portico/text"
)

// OverrideFigureInput: for overrideFigure.
type OverrideFigureInput struct {
	// For which account.
	AccountID string `json:"accountId"`
	// Name of the figure.
	Figure string `json:"figure"`
	// Its value, in the figure's own notation.
	Value string `json:"value"`
	// Number of the signed agreement, at most 100 printable ASCII characters.
	AgreementNumber string `json:"agreementNumber"`
	// From when.
	From time.Time `json:"from"`
	// Until when, later than From; nil doesn't end by itself.
	Until *time.Time `json:"until"`
}

// OverrideFigurePayload is the answer of overrideFigure.
type OverrideFigurePayload struct {
	clause.Answer
	// The record.
	Override *db.Override `json:"override"`
}

const maxAgreementNumber = 100

// OverrideFigure records that a signed agreement sets a figure for one account
// from an instant to another (13.3): it prevails over the standard agreement
// for that account alone, and where several cover an instant the latest to
// begin does. For the provider's role platform (OVERRIDE_SET). It is refused
// with FIGURE_INVALID where the value isn't of the figure's unit, else with
// INVALID_INPUT at the offending field.
func OverrideFigure(ctx context.Context, s *ent.Store, in OverrideFigureInput) (*OverrideFigurePayload, error) {
	c := act.Command{Name: "overrideFigure", Permission: authz.OverrideSet, Object: in.AccountID, Field: "accountId", Input: in}
	return act.Do(ctx, s, c, func(tx *ent.Tx) (*OverrideFigurePayload, error) {
		if err := checkOverride(in); err != nil {
			return nil, err
		}
		create := tx.Override.Create().SetAccountID(in.AccountID).SetFigure(in.Figure).SetValue(in.Value).
			SetAgreement(strings.TrimSpace(in.AgreementNumber)).SetFromAt(stored(in.From)).
			SetRecordedBy(tx.Principal().ID).SetRecordedAt(tx.Now)
		if in.Until != nil {
			create.SetUntilAt(stored(*in.Until))
		}
		o, err := create.Save(tx)
		if err != nil {
			return nil, err
		}
		tx.On(in.AccountID, o.ID)
		tx.Detail(in.Figure, in.Value)
		return &OverrideFigurePayload{Override: o}, nil
	})
}

func checkOverride(in OverrideFigureInput) error {
	var check clause.Check
	figure, ok := clause.FigureOf(in.Figure)
	if !ok {
		check.Add(wrong("figure", "协议没有这个参数", "the agreement has no such figure"))
	}
	if ok && !figure.Overridable() {
		return FigureFixed.At("figure").With("figure", in.Figure)
	}
	if len(in.Value) > maxAgreementNumber {
		check.Add(wrong("value", "过长", "it is too long"))
	} else if _, err := figure.Override(in.Value); ok && err != nil {
		check.Add(clause.FigureInvalid.By(figure.Clause).At("value").With("figure", in.Figure).With("value", in.Value).
			With("unit", string(figure.Unit)).Because(err))
	}
	check.Add(checkSigned(in.AgreementNumber, in.From, in.Until))
	return check.Err()
}

// checkSigned refuses an agreement without a number, or one that ends before it
// begins.
func checkSigned(number string, from time.Time, until *time.Time) error {
	var check clause.Check
	if !text.Printable(strings.TrimSpace(number), maxAgreementNumber) {
		check.Add(wrong("agreementNumber", "应为 1 至 100 个可打印的 ASCII 字符", "it has 1 to 100 printable ASCII characters"))
	}
	if until != nil && !stored(*until).After(stored(from)) {
		check.Add(wrong("until", "应晚于 from", "it is later than from"))
	}
	return check.Err()
}

// stored is an instant as it is kept.
func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func wrong(field, zh, en string) clause.Refusal {
	return clause.Invalid.At(field).With("detail", clause.Text{ZH: zh, EN: en})
}
