package invoice

import "portico/clause"

// The refusals of invoices (3.9).
var (
	// TitleMismatch: the holder of the title is the account's legal entity. It
	// carries its title.
	TitleMismatch = clause.Declare(clause.Refusal{Code: "INVOICE_TITLE_MISMATCH", Clause: "3.9",
		Text:  clause.Text{ZH: "发票抬头须为账户主体的名称：{title}。", EN: "The title of an invoice must be the name of the account's legal entity: {title}."},
		Plain: clause.Text{ZH: "发票抬头须为账户主体的名称。", EN: "The title of an invoice is the name of the account's legal entity."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "以该名称为抬头重新申请。", EN: "Ask for it under that name."},
			Operation: "requestInvoice", Input: map[string]any{"accountId": "{accountId}", "title": "{title}"}}})
	// TaxNumberInvalid: a number that its register can't have given.
	TaxNumberInvalid = clause.Declare(clause.Refusal{Code: "INVOICE_TAX_NUMBER_INVALID", Clause: "3.9",
		Text:   clause.Text{ZH: "纳税人识别号无效：{detail}。", EN: "The tax number is not valid: {detail}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "对照营业执照核对统一社会信用代码后重新填写。", EN: "Compare it with the unified social credit code on the licence and write it again."}}})
	// TaxNumberMismatch: the number is another's than the title's.
	TaxNumberMismatch = clause.Declare(clause.Refusal{Code: "INVOICE_TAX_NUMBER_MISMATCH", Clause: "3.9",
		Text:   clause.Text{ZH: "该号码不是账户主体认证时登记的号码。", EN: "The tax number is not the one with which the account's legal entity was verified."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "填写主体认证时的登记号码：单位为统一社会信用代码，个人为身份证件号码，境外主体为其登记号码。", EN: "Give the number of the verification: an organisation's unified social credit code, a person's identity number, a foreign entity's registration number."}}})
	// SpecialRefused: special VAT invoices are for mainland organisations.
	SpecialRefused = clause.Declare(clause.Refusal{Code: "SPECIAL_VAT_NOT_AVAILABLE", Clause: "3.9",
		Text: clause.Text{ZH: "增值税专用发票只开具给境内单位；个人和境外主体可申请普通发票。", EN: "A special VAT invoice is only for organisations of mainland China; a natural person or a foreign entity can request a general one."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "改为申请增值税普通发票。", EN: "Ask for a general VAT invoice."},
			Operation: "requestInvoice", Input: map[string]any{"accountId": "{accountId}", "kind": "GENERAL_VAT"}}})
	// CharacterMissing: no loaded font has a character, and an invoice is never
	// printed with a box in its place. It carries the code points.
	CharacterMissing = clause.Declare(clause.Refusal{Code: "INVOICE_CHARACTER_MISSING", Clause: "3.9",
		Text:   clause.Text{ZH: "发票字体缺少以下字符，无法打印：{codePoints}。", EN: "The invoice can't be printed, because its fonts lack these characters: {codePoints}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请联系我们加载含有这些字符的字体，之后再次申请。", EN: "Contact us to have a font loaded that has them, then ask again."}}})
	// WrongStatus: the invoice isn't where the operation takes it from. It
	// carries the status.
	WrongStatus = clause.Declare(clause.Refusal{Code: "INVOICE_STATUS_CONFLICT", Clause: "3.9",
		Text:   clause.Text{ZH: "该发票的状态为 {status}，不能执行此操作。", EN: "This is not possible for an invoice with the status {status}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "刷新后按当前状态处理。", EN: "Reload it and go on from where it stands."}}})
	// NotDue: what is approved after the cut-off is issued the next month. It
	// carries issueFrom, in the agreement's zone.
	NotDue = clause.Declare(clause.Refusal{Code: "INVOICE_NOT_DUE", Clause: "3.9",
		Text: clause.Text{ZH: "该发票在截止日之后审核通过，须自 {issueFrom} 起开具。", EN: "The invoice was approved after the cut-off; it can be issued from {issueFrom} on."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "到该时刻后再开具。", EN: "Issue it from that instant on."},
			Operation: "issueInvoice", Input: map[string]any{"invoiceId": "{invoiceId}"}}})
	// SellerUnset: the provider has not said who issues its invoices.
	SellerUnset = clause.Declare(clause.Refusal{Code: "INVOICE_SELLER_NOT_SET", Clause: "3.9",
		Text:   clause.Text{ZH: "尚未设置开票方的名称和纳税人识别号。", EN: "The name and tax number of the seller, which invoices must show, are not set."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "以 --invoice-seller 与 --invoice-seller-number 设置开票方后重启服务。", EN: "Start the server with --invoice-seller and --invoice-seller-number."}}})
)
