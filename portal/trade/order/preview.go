package order

import (
	"context"
	"errors"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/portal/kernel/command"
)

// Preview returns what placing an order would come to: its lines, its total,
// and all reasons against it (3.4). PlaceOrder returns what is wrong with its
// input, or else the first of these reasons. For holders of order:place on the
// application, who would learn the same by placing the order, including whether
// the balance suffices (3.3).
func Preview(ctx context.Context, s *ent.Store, in OrderPreviewInput) (*OrderPreview, error) {
	c, now := s.Read(), s.Now()
	found, object, err := command.Find(ctx, c, in.ApplicationID)
	if errors.Is(err, clause.NotFound) {
		return &OrderPreview{Lines: []OrderPreviewLine{}, Refusals: []clause.Refusal{clause.NotFound.At("applicationId")}}, nil
	}
	if err != nil {
		return nil, err
	}
	if !authz.From(ctx).Allows(authz.OrderPlace, object, now) {
		return nil, authz.Forbid(authz.From(ctx), authz.OrderPlace)
	}
	ctx = authz.Narrow(ctx, object.AccountID)
	answer := &OrderPreview{Lines: []OrderPreviewLine{}, Refusals: []clause.Refusal{}}
	var refusal clause.Refusal
	if err := command.May(ctx, c, authz.OrderPlace, object, now, s.Wall()); errors.As(err, &refusal) {
		answer.Refusals = append(answer.Refusals, refusal)
	} else if err != nil {
		return nil, err
	}
	d, err := decide(ctx, view{store: s, client: c, now: now, wall: s.Wall()}, found, request{OrderPreviewInput: in})
	if err != nil {
		return nil, err
	}
	answer.Replaces = d.replaces
	answer.Total, answer.Refusals = d.total, command.Shown(ctx, object, now, append(answer.Refusals, d.refusals...))
	for _, l := range d.lines {
		answer.Lines = append(answer.Lines, OrderPreviewLine{Text: l.Text, Quantity: l.Quantity, UnitPrice: l.UnitPrice, Amount: l.Amount})
	}
	return answer, nil
}
