package order

import (
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/money"
	"portico/portal/offer/catalog"
)

// OrderPreviewInput is the input of orderPreview.
type OrderPreviewInput struct {
	// Account that orders.
	AccountID string `json:"accountId"`
	// Plan to order.
	PlanID string `json:"planId"`
	// Application for which the plan is ordered.
	ApplicationID string `json:"applicationId"`
	// Term to pay for: required for a prepaid plan with a price, refused for a
	// metered plan.
	Term *catalog.TermInput `json:"term"`
	// Code of a promotion (3.2).
	PromotionCode *string `json:"promotionCode"`
	// ConfirmsReplacing is the id of the running service whose replacement is
	// confirmed.
	ConfirmsReplacing *string `json:"confirmsReplacing"`
}

// PlaceOrderInput is the input of placeOrder.
type PlaceOrderInput struct {
	// Account that orders.
	AccountID string `json:"accountId"`
	// Plan to order.
	PlanID string `json:"planId"`
	// Application for which the plan is ordered.
	ApplicationID string `json:"applicationId"`
	// Term to pay for: required for a prepaid plan with a price, refused for a
	// metered plan.
	Term *catalog.TermInput `json:"term"`
	// Code of a promotion (3.2).
	PromotionCode *string `json:"promotionCode"`
	// Total that was shown. If it has changed, the order is refused with the
	// new total (3.4).
	ExpectedTotal money.Input `json:"expectedTotal"`
	// ConfirmsReplacing is the id of the running service whose replacement is
	// confirmed; required if paid time of it is lost (3.7).
	ConfirmsReplacing *string `json:"confirmsReplacing"`
}

// PlaceOrderPayload is the payload of placeOrder.
type PlaceOrderPayload struct {
	clause.Answer
	// The order.
	Order *db.Order `json:"order"`
}

// OrderPreview states what placing an order would come to now.
type OrderPreview struct {
	// Total is nil if it can't be computed.
	Total *money.Amount
	Lines []OrderPreviewLine
	// Replaces is the service that the order would end at once; nil if there is
	// none.
	Replaces *Replacement
	// Refusals are the reasons why the order would be refused; empty if there
	// are none.
	Refusals []clause.Refusal
}

// Replacement is a service that an order would end at once: an application runs
// at most one service of a product (3.7).
type Replacement struct {
	Service *db.Service
	// PaidUntil is the end of the paid term; nil if none was paid for.
	PaidUntil *time.Time
	// Lost is the amount that was paid for time that would not be used.
	Lost money.Amount
}

// OrderPreviewLine is a line of an order that is not placed yet.
type OrderPreviewLine struct {
	// Text is the description in both languages.
	Text      clause.Text
	Quantity  money.Decimal
	UnitPrice money.Decimal
	Amount    money.Amount
}
