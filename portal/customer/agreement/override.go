package agreement

import (
	"context"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/portal/kernel/command"
)

// OverrideFigureInput is the input of overrideFigure.
type OverrideFigureInput struct {
	// For which account.
	AccountID string `json:"accountId"`
	// Name of the figure.
	Figure string `json:"figure"`
	// Its value, in the figure's own notation.
	Value string `json:"value"`
	// The number of the signed agreement, at most 100 printable ASCII characters.
	AgreementNumber string `json:"agreementNumber"`
	// From when.
	From time.Time `json:"from"`
	// Until when, later than From; nil is no end.
	Until *time.Time `json:"until"`
}

// OverrideFigurePayload is the answer of overrideFigure.
type OverrideFigurePayload struct {
	clause.Answer
	// The record.
	Override *db.Override `json:"override"`
}

// OverrideFigure records that a signed agreement sets a figure for one account
// from an instant to another (13.3). It prevails over the standard agreement
// for that account only; if several cover an instant, the latest to begin
// prevails. For the provider's role platform (OVERRIDE_SET). Refusals:
// FIGURE_INVALID if the value doesn't have the figure's unit, otherwise
// INVALID_INPUT at the field.
func OverrideFigure(ctx context.Context, s *ent.Store, in OverrideFigureInput) (*OverrideFigurePayload, error) {
	c := command.Command{Name: "overrideFigure", Permission: authz.OverrideSet, Object: in.AccountID, Field: "accountId", Input: in}
	return command.Do(ctx, s, c, func(tx *command.Tx) (*OverrideFigurePayload, error) {
		if err := checkOverride(in); err != nil {
			return nil, err
		}
		o, err := override(tx.Tx, in.signed(), in.Figure, in.Value).Save(tx)
		if err != nil {
			return nil, err
		}
		tx.AuditObject(in.AccountID, o.ID)
		tx.AuditDetail(in.Figure, in.Value)
		return &OverrideFigurePayload{Override: o}, nil
	})
}

func checkOverride(in OverrideFigureInput) error {
	var check clause.Check
	figure, ok := clause.FigureOf(in.Figure)
	if !ok {
		check.Add(clause.InvalidField("figure", "协议没有这个参数", "the agreement has no such figure"))
	}
	if ok && !figure.Overridable() {
		return FigureFixed.At("figure").With("figure", in.Figure)
	}
	if len(in.Value) > maxAgreementNumber {
		check.Add(clause.InvalidField("value", "过长", "is too long"))
	} else if _, err := figure.Override(in.Value); ok && err != nil {
		check.Add(clause.FigureInvalid.By(figure.Clause).At("value").With("figure", in.Figure).With("value", in.Value).
			With("unit", string(figure.Unit)).Because(err))
	}
	check.Add(in.signed().Check())
	return check.Err()
}

func (in OverrideFigureInput) signed() Signed {
	return Signed{AccountID: in.AccountID, Number: in.AgreementNumber, From: in.From, Until: in.Until}
}
