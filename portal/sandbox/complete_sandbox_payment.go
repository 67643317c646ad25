package sandbox

import (
	"context"

	"portico/ent"
	"portico/portal/finance/payment"
)

// CompleteSandboxPayment pays a top-up of the channel SANDBOX. See
// [payment.Complete] for permissions and refusals.
func CompleteSandboxPayment(ctx context.Context, s *ent.Store, in CompleteSandboxPaymentInput) (*CompleteSandboxPaymentPayload, error) {
	done, err := payment.Complete(ctx, s, payment.Completion{TopUpID: in.TopUpID, PayerName: in.PayerName, Amount: in.Amount})
	if err != nil {
		return nil, err
	}
	return &CompleteSandboxPaymentPayload{TopUp: done.TopUp}, nil
}
