package account

import "portico/clause"

var (
	// LegalEntityFixed: the legal entity of a verified account is permanent,
	// except by a three-party agreement.
	LegalEntityFixed = clause.Declare(clause.Refusal{Code: "LEGAL_ENTITY_FIXED", Clause: "1.3",
		Text:   clause.Text{ZH: "该账户的主体已经核实，不能变更。", EN: "The legal entity of the account is verified and cannot be changed."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "主体变更须由转让方、受让方与服务商签署并执行三方协议（第一章第4条）；否则请为另一主体另行注册账户。", EN: "It changes only by an executed three-party agreement between the transferor, the transferee and the provider (1.4). Otherwise register a separate account for the other legal entity."}}})
	// NameUnchanged: a rename needs a different name.
	NameUnchanged = clause.Declare(clause.Refusal{Code: "NAME_UNCHANGED", Clause: "1.1",
		Text:   clause.Text{ZH: "该主体已登记为“{name}”。", EN: "The legal entity is already registered as \"{name}\"."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请填写登记机关现在登记的名称。", EN: "Enter the name that the register shows now."}}})
	// AccountsPending: the number of accounts that await review is limited.
	AccountsPending = clause.Declare(clause.Refusal{Code: "ACCOUNTS_PENDING", Clause: "5.2",
		Text:   clause.Text{ZH: "您已有 {most} 个账户等待审核。", EN: "{most} of your accounts are already awaiting approval."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请先完成其中一个账户的认证。", EN: "Complete the verification of one of them first."}, Operation: "submitVerification", Input: map[string]any{"accountId": "{accountId}"}}})
	// VerificationPending: one verification of an account at a time.
	VerificationPending = clause.Declare(clause.Refusal{Code: "VERIFICATION_PENDING", Clause: "5.2",
		Text:   clause.Text{ZH: "该账户已有一份认证正在审核。", EN: "A verification of the account is already under review."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请等待审核结果；若被驳回，可重新提交。", EN: "Wait for the decision. After a rejection you can submit it again."}}})
	// VerificationDecided: a verification is decided once.
	VerificationDecided = clause.Declare(clause.Refusal{Code: "VERIFICATION_DECIDED", Clause: "5.2",
		Text:   clause.Text{ZH: "这份认证已有审核结果（{status}）。", EN: "The verification was already decided ({status})."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请刷新队列，审核下一份。", EN: "Reload the queue and review the next one."}}})
	// ReasonRequired: a rejection states its reason to the customer.
	ReasonRequired = clause.Declare(clause.Refusal{Code: "REASON_REQUIRED", Clause: "5.2",
		Text:   clause.Text{ZH: "驳回须写明理由，理由会告知客户。", EN: "A rejection needs a reason, which the customer will see."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请填写理由（最多 2,000 个字符）。", EN: "Enter the reason, at most 2,000 characters."}}})
	// RegistrationNumberInvalid: the number can't exist in its register.
	RegistrationNumberInvalid = clause.Declare(clause.Refusal{Code: "REGISTRATION_NUMBER_INVALID", Clause: "1.3",
		Text:   clause.Text{ZH: "登记号码无效：{detail}", EN: "The registration number is not valid: {detail}"},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请对照证照核对后重新填写。", EN: "Check it against the certificate and enter it again."}}})
	// LegalEntityConflict: a legal entity is unique by country and number.
	LegalEntityConflict = clause.Declare(clause.Refusal{Code: "LEGAL_ENTITY_CONFLICT", Clause: "1.3",
		Text:   clause.Text{ZH: "该登记号码已属于另一名称或类别的主体：{name}。", EN: "The registration number belongs to a legal entity with another name or kind: {name}."},
		Plain:  clause.Text{ZH: "该登记号码已属于另一名称或类别的主体。", EN: "The registration number belongs to a legal entity with another name or kind."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请核对登记信息；不符的应驳回。", EN: "Check it against the register, and reject it if it does not match."}, Operation: "reviewVerification", Input: map[string]any{"verificationId": "{verificationId}", "decision": "REJECT"}}})
	// DocumentRefused: a file is not accepted.
	DocumentRefused = clause.Declare(clause.Refusal{Code: "DOCUMENT_REFUSED", Clause: "5.2",
		Text:   clause.Text{ZH: "文件未被接受：{detail}", EN: "The file was not accepted: {detail}"},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请提交最多 10 份 PDF、PNG 或 JPEG 文件，每份不超过 10 MiB。", EN: "Upload at most 10 files, each a PDF, PNG or JPEG of at most 10 MiB."}}})
)
