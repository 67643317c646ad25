package order

import (
	"portico/clause"
	"portico/ent/db"
	"portico/money"
	"portico/portal/catalog"
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
	// Refusals are empty if it would go through.
	Refusals []clause.Refusal
}

// OrderPreviewLine is one position of an order that is not placed yet.
type OrderPreviewLine struct {
	// Text is the description in both languages.
	Text      clause.Text
	Quantity  money.Decimal
	UnitPrice money.Decimal
	Amount    money.Amount
}
