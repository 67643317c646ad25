package standing

import "portico/clause"

// The refusals that this unit declares. Each restriction of policy.csv has a
// refusal declared under its own code, here or in the unit that causes it.
var (
	// Restricted replaces a restriction whose code this release doesn't know; it
	// denies everything.
	Restricted = clause.Declare(clause.Refusal{Code: "RESTRICTED", Clause: "5.3",
		Text:   clause.Text{ZH: "该账户目前受到限制。", EN: "The account is currently restricted."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请联系我们。", EN: "Please contact us."}}})
	// VerificationRequired: an account is reviewed before it may spend or invite.
	VerificationRequired = clause.Declare(clause.Refusal{Code: "VERIFICATION_REQUIRED", Clause: "5.2",
		Text:   clause.Text{ZH: "账户通过审核之前不能消费，也不能邀请员工。", EN: "An account cannot spend or invite employees until it is approved."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "提交主体认证并等待审核通过。", EN: "Submit the verification of the legal entity and wait for its approval."}, Operation: "submitVerification", Input: map[string]any{"accountId": "{accountId}"}}})
	awaitReview = clause.Remedy{Text: clause.Text{ZH: "主体认证已提交，正在审核，结果将另行通知。", EN: "The verification is under review. We will notify you of the decision."}}
	// TermsAcceptanceRequired: an explicit acceptance is due and missing.
	TermsAcceptanceRequired = clause.Declare(clause.Refusal{Code: "TERMS_ACCEPTANCE_REQUIRED", Clause: "0",
		Text:   clause.Text{ZH: "条款有新版本需要您明确接受；在此之前您只能查看、接受或拒绝新版本，停用服务、导出数据和结清费用。", EN: "A new version of the terms needs your explicit acceptance. Until then you can only read, accept or decline it, stop services, export data and pay what is due."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "阅读并接受该版本。", EN: "Read and accept that version."}, Operation: "acceptTerms", Input: map[string]any{"accountId": "{accountId}", "termsId": "{causeId}"}}})
)
