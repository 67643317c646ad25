package order

import (
	"time"

	"portico/clause"
	"portico/ent/db"
	"portico/money"
	"portico/portal/offer/catalog"
)

// OrderPreviewInput: for orderPreview.
type OrderPreviewInput struct {
	// For which account.
	AccountID string `json:"accountId"`
	// What.
	PlanID string `json:"planId"`
	// For which application.
	ApplicationID string `json:"applicationId"`
	// For how long: needed for a prepaid plan with a price, refused for a metered one.
	Term *catalog.TermInput `json:"term"`
	// A promotion (3.2).
	PromotionCode *string `json:"promotionCode"`
	// ConfirmsReplacing is the running service whose replacement is confirmed.
	ConfirmsReplacing *string `json:"confirmsReplacing"`
}

// PlaceOrderInput: for placeOrder.
type PlaceOrderInput struct {
	// For which account.
	AccountID string `json:"accountId"`
	// What.
	PlanID string `json:"planId"`
	// For which application.
	ApplicationID string `json:"applicationId"`
	// For how long: needed for a prepaid plan with a price, refused for a metered one.
	Term *catalog.TermInput `json:"term"`
	// A promotion (3.2).
	PromotionCode *string `json:"promotionCode"`
	// The price that was shown; another is refused with the new one (3.4).
	ExpectedTotal money.Input `json:"expectedTotal"`
	// ConfirmsReplacing is the running service whose replacement is confirmed;
	// needed where paid time of it is lost (3.7).
	ConfirmsReplacing *string `json:"confirmsReplacing"`
}

// PlaceOrderPayload is the answer of placeOrder.
type PlaceOrderPayload struct {
	clause.Answer
	// The order.
	Order *db.Order `json:"order"`
}

// OrderPreview is what placing an order would say now.
type OrderPreview struct {
	// Total is nil where it can't be told.
	Total *money.Amount
	Lines []OrderPreviewLine
	// Replaces is the service that the order would end at once, if there is one.
	Replaces *Replacement
	// Refusals are empty if it would go through.
	Refusals []clause.Refusal
}

// Replacement is what an order would end at once: an application runs at most
// one service of a product (3.7).
type Replacement struct {
	Service *db.Service
	// PaidUntil is the end of the paid term; nil if none was paid for.
	PaidUntil *time.Time
	// Lost is what was paid for the time that is not used.
	Lost money.Amount
}

// OrderPreviewLine is one position of an order that is not placed yet.
type OrderPreviewLine struct {
	// Text is the description in both languages.
	Text      clause.Text
	Quantity  money.Decimal
	UnitPrice money.Decimal
	Amount    money.Amount
}
