package account

import "portico/clause"

var (
	// LegalEntityFixed: once verified, an account is held by one legal entity
	// for ever, save by a three-party agreement.
	LegalEntityFixed = clause.Declare(clause.Refusal{Code: "LEGAL_ENTITY_FIXED", Clause: "1.3",
		Text:   clause.Text{ZH: "该账户的主体已经核实，不能变更。", EN: "The legal entity of the account is verified and can't be changed."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "主体变更须由转让方、受让方与服务商签署并执行三方协议（第一章第4条）；否则请为另一主体另行注册账户。", EN: "It changes only by a three-party agreement, signed by who passes it on, who receives it and the provider, and executed (1.4); or register an account of its own for the other legal entity."}}})
	// NameUnchanged: a rename gives another name.
	NameUnchanged = clause.Declare(clause.Refusal{Code: "NAME_UNCHANGED", Clause: "1.1",
		Text:   clause.Text{ZH: "该主体已登记为“{name}”。", EN: "The legal entity is already registered as \"{name}\"."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "填写登记机关现在登记的名称。", EN: "Give the name that the register shows now."}}})
	// AccountsPending: what waits for an operator has a bound.
	AccountsPending = clause.Declare(clause.Refusal{Code: "ACCOUNTS_PENDING", Clause: "5.2",
		Text:   clause.Text{ZH: "您已有 {most} 个账户等待审核。", EN: "{most} of your accounts are already waiting for approval, which is the maximum."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "先完成其中一个账户的认证。", EN: "Have one of them verified first."}, Operation: "submitVerification", Input: map[string]any{"accountId": "{accountId}"}}})
	// VerificationPending: one verification of an account at a time.
	VerificationPending = clause.Declare(clause.Refusal{Code: "VERIFICATION_PENDING", Clause: "5.2",
		Text:   clause.Text{ZH: "该账户已有一份认证正在审核。", EN: "A verification of the account is already under review."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "等待审核结果；若被驳回，可重新提交。", EN: "Wait for its decision; after a rejection it can be submitted anew."}}})
	// VerificationDecided: a verification is decided once.
	VerificationDecided = clause.Declare(clause.Refusal{Code: "VERIFICATION_DECIDED", Clause: "5.2",
		Text:   clause.Text{ZH: "这份认证已有审核结果（{status}）。", EN: "The verification was already decided ({status})."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "刷新队列，审核下一份。", EN: "Reload the queue and go on with the next one."}}})
	// ReasonRequired: a rejection tells the customer why.
	ReasonRequired = clause.Declare(clause.Refusal{Code: "REASON_REQUIRED", Clause: "5.2",
		Text:   clause.Text{ZH: "驳回须写明理由（最多 2,000 个字符），客户可以看到。", EN: "A rejection needs a reason of at most 2,000 characters, which the customer sees."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "填写理由（至多 2000 字）。", EN: "Write the reason, at most 2,000 characters."}}})
	// RegistrationNumberInvalid: a number that its register can't have given.
	RegistrationNumberInvalid = clause.Declare(clause.Refusal{Code: "REGISTRATION_NUMBER_INVALID", Clause: "1.3",
		Text:   clause.Text{ZH: "登记号码无效：{detail}", EN: "The registration number is not valid: {detail}"},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "对照证照核对后重新填写。", EN: "Compare it with the certificate and write it again."}}})
	// LegalEntityConflict: a legal entity is unique by country and number.
	LegalEntityConflict = clause.Declare(clause.Refusal{Code: "LEGAL_ENTITY_CONFLICT", Clause: "1.3",
		Text:   clause.Text{ZH: "该登记号码已属于另一名称或类别的主体：{name}。", EN: "The registration number belongs to a legal entity with another name or kind: {name}."},
		Plain:  clause.Text{ZH: "该登记号码已属于另一名称或类别的主体。", EN: "The registration number is that of a legal entity with another name or kind."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "核对登记信息；不符的应驳回。", EN: "Compare it with the register; reject what doesn't match."}, Operation: "reviewVerification", Input: map[string]any{"verificationId": "{verificationId}", "decision": "REJECT"}}})
	// DocumentRefused: a file that isn't taken.
	DocumentRefused = clause.Declare(clause.Refusal{Code: "DOCUMENT_REFUSED", Clause: "5.2",
		Text:   clause.Text{ZH: "文件未被接受：{detail}", EN: "The file is not accepted: {detail}"},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "提交至多 10 份 PDF、PNG 或 JPEG 文件，每份不超过 10 MiB。", EN: "Send at most 10 files, each a PDF, PNG or JPEG of at most 10 MiB."}}})
)
