package standing

import "portico/clause"

// The refusals that standing gives by itself. Each restriction of policy.csv
// has one declared under its own code, here or in the unit that causes it.
var (
	// Restricted stands in for a restriction whose code is unknown to this
	// release; it denies everything.
	Restricted = clause.Declare(clause.Refusal{Code: "RESTRICTED", Clause: "5.3",
		Text:   clause.Text{ZH: "该账户目前受到限制。", EN: "The account is restricted at present."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请联系我们。", EN: "Contact us."}}})
	// VerificationRequired: an account is reviewed before it may spend or invite.
	VerificationRequired = clause.Declare(clause.Refusal{Code: "VERIFICATION_REQUIRED", Clause: "5.2",
		Text:   clause.Text{ZH: "账户通过审核之前不能消费，也不能邀请员工。", EN: "An account can't spend money or invite employees before it is approved."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "提交主体认证并等待审核通过。", EN: "Submit the verification of the legal entity and wait for its approval."}, Operation: "submitVerification", Input: map[string]any{"accountId": "{accountId}"}}})
	awaitReview = clause.Remedy{Text: clause.Text{ZH: "主体认证已提交，请等待审核结果，结果将另行通知。", EN: "The verification is submitted and under review: wait for its decision, of which you are told."}}
	// TermsAcceptanceRequired: an explicit acceptance is due and missing.
	TermsAcceptanceRequired = clause.Declare(clause.Refusal{Code: "TERMS_ACCEPTANCE_REQUIRED", Clause: "0",
		Text:   clause.Text{ZH: "条款有新版本需要您明确接受；在此之前只能查看、接受、拒绝、停止使用、导出数据和结清费用。", EN: "A new version of the terms must be accepted explicitly; until then only reading, accepting, declining, stopping, exporting data and settling are possible."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "阅读并接受该版本。", EN: "Read and accept that version."}, Operation: "acceptTerms", Input: map[string]any{"accountId": "{accountId}", "termsId": "{causeId}"}}})
)
