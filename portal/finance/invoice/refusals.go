package invoice

import "portico/clause"

// The refusals of invoices (3.9).
var (
	// TitleMismatch: the title must be the account's legal entity. It carries
	// the entity's name as "title".
	TitleMismatch = clause.Declare(clause.Refusal{Code: "INVOICE_TITLE_MISMATCH", Clause: "3.9",
		Text:  clause.Text{ZH: "发票抬头须为账户主体的名称：{title}。", EN: "The title of an invoice must be the name of the account's legal entity: {title}."},
		Plain: clause.Text{ZH: "发票抬头须为账户主体的名称。", EN: "The title must be the name of the account's legal entity."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请以该名称为抬头重新申请。", EN: "Request the invoice under that name."},
			Operation: "requestInvoice", Input: map[string]any{"accountId": "{accountId}", "title": "{title}"}}})
	// TaxNumberInvalid: the number isn't one that its register gives out.
	TaxNumberInvalid = clause.Declare(clause.Refusal{Code: "INVOICE_TAX_NUMBER_INVALID", Clause: "3.9",
		Text:   clause.Text{ZH: "纳税人识别号无效：{detail}。", EN: "The tax number is not valid: {detail}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请对照营业执照核对统一社会信用代码后重新填写。", EN: "Check it against the unified social credit code on the business licence and enter it again."}}})
	// TaxNumberMismatch: the number must be that of the title.
	TaxNumberMismatch = clause.Declare(clause.Refusal{Code: "INVOICE_TAX_NUMBER_MISMATCH", Clause: "3.9",
		Text:   clause.Text{ZH: "该纳税人识别号与账户主体认证时登记的号码不一致。", EN: "The tax number is not the one with which the account's legal entity was verified."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请填写主体认证时登记的号码：单位为统一社会信用代码，个人为身份证件号码，境外主体为其登记号码。", EN: "Enter the number used in the verification: an organisation's unified social credit code, a person's identity number, a foreign entity's registration number."}}})
	// SpecialRefused: special VAT invoices are for mainland organisations only.
	SpecialRefused = clause.Declare(clause.Refusal{Code: "SPECIAL_VAT_NOT_AVAILABLE", Clause: "3.9",
		Text: clause.Text{ZH: "增值税专用发票仅向境内单位开具；个人和境外主体可申请普通发票。", EN: "A special VAT invoice is only for organisations of mainland China; a natural person or a foreign entity can request a general one."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请改为申请增值税普通发票。", EN: "Request a general VAT invoice."},
			Operation: "requestInvoice", Input: map[string]any{"accountId": "{accountId}", "kind": "GENERAL_VAT"}}})
	// CharacterMissing: no loaded font has a character of the invoice, and an
	// invoice is never printed with a box instead. It carries the code points.
	CharacterMissing = clause.Declare(clause.Refusal{Code: "INVOICE_CHARACTER_MISSING", Clause: "3.9",
		Text:   clause.Text{ZH: "发票字体缺少以下字符，无法打印：{codePoints}。", EN: "The invoice can't be printed, because its fonts lack these characters: {codePoints}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请联系我们加载含有这些字符的字体，然后重新申请。", EN: "Contact us to have a font with these characters loaded, then try again."}}})
	// WrongStatus: the operation isn't possible in the invoice's status, which
	// it carries.
	WrongStatus = clause.Declare(clause.Refusal{Code: "INVOICE_STATUS_CONFLICT", Clause: "3.9",
		Text:   clause.Text{ZH: "该发票的状态为 {status}，不能执行此操作。", EN: "This is not possible for an invoice with the status {status}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请刷新后按当前状态处理。", EN: "Reload the invoice and choose an operation that its status allows."}}})
	// NotDue: an invoice that is approved after the cut-off is issued in the
	// next month. It carries "issueFrom", in the agreement's zone.
	NotDue = clause.Declare(clause.Refusal{Code: "INVOICE_NOT_DUE", Clause: "3.9",
		Text: clause.Text{ZH: "该发票在截止日之后审核通过，须自 {issueFrom} 起开具。", EN: "The invoice was approved after the cut-off; it can be issued from {issueFrom} on."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请在该时间之后开具。", EN: "Issue it from that time on."},
			Operation: "issueInvoice", Input: map[string]any{"invoiceId": "{invoiceId}"}}})
	// SellerUnset: the provider has not set the seller of its invoices.
	SellerUnset = clause.Declare(clause.Refusal{Code: "INVOICE_SELLER_NOT_SET", Clause: "3.9",
		Text:   clause.Text{ZH: "尚未设置开票方的名称和纳税人识别号。", EN: "The name and tax number of the seller, which invoices must show, are not set."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请以 --invoice-seller 与 --invoice-seller-number 设置开票方后重启服务。", EN: "Restart the server with --invoice-seller and --invoice-seller-number."}}})
)
