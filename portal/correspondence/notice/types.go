// Package notice owns the notices that the provider publishes, and who has read
// them (9.7).
package notice

import (
	"time"

	"portico/clause"
	"portico/ent/db"
)

// PublishNoticeInput is the input of publishNotice.
type PublishNoticeInput struct {
	// What it is about.
	Kind Kind `json:"kind"`
	// Whom it is for.
	Audience NoticeAudienceInput `json:"audience"`
	// At most 200 characters.
	Title string `json:"title"`
	// At most 20,000 characters.
	Body string `json:"body"`
	// The title in English, if it has one.
	TitleEn *string `json:"titleEn"`
	// The text in English, if it has one.
	BodyEn *string `json:"bodyEn"`
	// Needed for kinds with a lead time.
	EffectiveAt *time.Time `json:"effectiveAt"`
	// At least one.
	Channels []Channel `json:"channels"`
}

// PublishNoticePayload is the answer of publishNotice.
type PublishNoticePayload struct {
	clause.Answer
	// The notice.
	Notice *db.Notice `json:"notice"`
}

// MarkNoticesReadInput is the input of markNoticesRead.
type MarkNoticesReadInput struct {
	// For which account.
	AccountID string `json:"accountId"`
	// Which, 1 to 100.
	NoticeIDs []string `json:"noticeIds"`
}

// MarkNoticesReadPayload is the answer of markNoticesRead.
type MarkNoticesReadPayload struct {
	clause.Answer
	// The account.
	Account *db.Account `json:"account"`
	// As they are read now.
	Notices []*AccountNoticeEdge `json:"notices"`
}

// NoticeAudienceInput is whom a notice is for: exactly one of the three.
type NoticeAudienceInput struct {
	// Every account: true.
	All *bool `json:"all"`
	// These accounts, 1 to 1,000.
	AccountIDs []string `json:"accountIds"`
	// Every account that uses one of these products, 1 to 100.
	ProductCodes []string `json:"productCodes"`
}

// AccountNoticeEdge is a notice of an account, with its state for one person.
type AccountNoticeEdge struct {
	// Node is the notice.
	Node *db.Notice
	// Cursor is its position in the account's list.
	Cursor string
	// ReadAt is when the person read it for the account; nil if unread.
	ReadAt *time.Time
}

// NoticePosted is a notice that has been published.
type NoticePosted struct {
	// Cursor is its position in the account's list.
	Cursor string
	// Notice is the published notice.
	Notice *db.Notice
}

// Kind is what a notice is about.
type Kind string

// The kinds.
const (
	Maintenance   Kind = "MAINTENANCE"
	Migration     Kind = "MIGRATION"
	SDKRetirement Kind = "SDK_RETIREMENT"
	FeeChange     Kind = "FEE_CHANGE"
	Security      Kind = "SECURITY"
	General       Kind = "GENERAL"
	// Only Portico posts Terms, Billing and Account.
	Terms   Kind = "TERMS"
	Billing Kind = "BILLING"
	Account Kind = "ACCOUNT"
)

// Channel is the way by which a notice is delivered.
type Channel string

// The channels.
const (
	InSite Channel = "IN_SITE"
	Email  Channel = "EMAIL"
	Public Channel = "PUBLIC"
)
