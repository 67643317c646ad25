package notice

import "portico/clause"

// again is how a notice is published that was refused: as it was asked for,
// with what was wrong put right.
func again(zh, en string) *clause.Remedy {
	return &clause.Remedy{Text: clause.Text{ZH: zh, EN: en}, Operation: "publishNotice", Input: map[string]any{
		"kind": "{kind}", "audience": "{audience}", "title": "{title}", "body": "{body}", "titleEn": "{titleEn}", "bodyEn": "{bodyEn}",
		"effectiveAt": "{effectiveAt}", "channels": "{channels}"}}
}

var (
	// TooSoon: what a notice announces lies nearer than its clause allows. The
	// clause is the kind's: 9.3, 9.4 or 5.5.
	TooSoon = clause.Declare(clause.Refusal{Code: "NOTICE_TOO_LATE", Clause: "9.3",
		Text:   clause.Text{ZH: "此类事项须提前通知：生效时间最早为 {earliest}。", EN: "A notice of this kind must be published in advance: the event can take effect at {earliest} at the earliest."},
		Remedy: again("以 {effectiveAt} 或更晚的生效时间重新发布。", "Publish it with an effective date of {effectiveAt}, or later.")})
	// EffectiveNeeded: a kind with a lead time says when it happens.
	EffectiveNeeded = clause.Declare(clause.Refusal{Code: "NOTICE_EFFECTIVE_AT_NEEDED", Clause: "9.3",
		Text:   clause.Text{ZH: "此类通知须写明生效时间，最早为 {earliest}。", EN: "A notice of this kind must give the time at which the event takes effect, {earliest} at the earliest."},
		Remedy: again("写明生效时间后重新发布。", "Publish it with an effective date.")})
	// InSiteNeeded: the clause asks for an in-site notice.
	InSiteNeeded = clause.Declare(clause.Refusal{Code: "NOTICE_IN_SITE_NEEDED", Clause: "5.5",
		Text:   clause.Text{ZH: "此类事项须以站内信通知。", EN: "A notice of this kind must be published in the portal."},
		Remedy: again("在发送方式中加入 IN_SITE 后重新发布。", "Publish it with IN_SITE among its channels.")})
	// OwnKind: Portico itself posts notices of this kind. The clause is the
	// kind's: 0, 3.8 or 5.2.
	OwnKind = clause.Declare(clause.Refusal{Code: "NOTICE_KIND_RESERVED", Clause: "0",
		Text:   clause.Text{ZH: "此类通知由系统自动发布，不能手工发布。", EN: "Only the portal itself posts notices of this kind."},
		Remedy: again("发布新的协议版本时即自动通知；其他事项以 GENERAL 发布。", "Publishing a version of the terms posts its notice; anything else goes as GENERAL.")})
)
