package payment

import "portico/clause"

// The refusals of payments (3.5).
var (
	// SignatureInvalid: a notification without a right signature of its channel
	// is nobody's word.
	SignatureInvalid = clause.Declare(clause.Refusal{Code: "PAYMENT_SIGNATURE_INVALID", Clause: "3.5",
		Text:   clause.Text{ZH: "付款通知缺少签名，或签名不正确。", EN: "The signature of the payment notification is missing or wrong."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "用该渠道与服务方约定的密钥签名后重发。", EN: "Sign it with the key that the channel and the provider agreed, and send it again."}}})
	// Unreadable: signed by the channel, but not what it agreed to send.
	Unreadable = clause.Declare(clause.Refusal{Code: "PAYMENT_UNREADABLE", Clause: "3.5",
		Text:   clause.Text{ZH: "付款通知无法识别：{detail}", EN: "The payment notification can't be read: {detail}"},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "按约定的格式重发。", EN: "Send it again in the form that was agreed."}}})
	// Unattributed: money came in, and nothing says what for.
	Unattributed = clause.Declare(clause.Refusal{Code: "PAYMENT_UNATTRIBUTED", Clause: "3.5",
		Text:   clause.Text{ZH: "该笔来款未注明付款参考号，待运营人员处理。", EN: "The payment quotes no payment reference; an operator decides about it."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "由运营人员查明付款人，或退回该款项。", EN: "An operator finds out whose it is, or has it returned."}}})
	// Outgoing: a line of money that went out.
	Outgoing = clause.Declare(clause.Refusal{Code: "PAYMENT_OUTGOING", Clause: "3.5",
		Text:   clause.Text{ZH: "该笔为支出，待运营人员核实。", EN: "The line is an outgoing payment; an operator reviews it."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "无需处理。", EN: "There is nothing to do."}}})
	// Unknown: no top-up has the reference.
	Unknown = clause.Declare(clause.Refusal{Code: "PAYMENT_UNKNOWN", Clause: "3.5",
		Text:   clause.Text{ZH: "没有与该付款参考号对应的充值，款项待运营人员处理。", EN: "No top-up has this payment reference; an operator decides about the payment."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "核对付款参考号；若款项已付，请由运营人员查找。", EN: "Check the payment reference; if money was paid, an operator looks for it."}}})
	// Foreign: the top-up was started for another channel or currency.
	Foreign = clause.Declare(clause.Refusal{Code: "PAYMENT_FOREIGN", Clause: "3.5",
		Text:   clause.Text{ZH: "该充值属于其他支付渠道或币种。", EN: "The top-up is for another channel or currency."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "通过该充值所选的渠道与币种付款。", EN: "Pay by the channel and in the currency that the top-up was started for."}}})
	// Conflict: the trade number was told before, otherwise.
	Conflict = clause.Declare(clause.Refusal{Code: "PAYMENT_CONFLICT", Clause: "3.5",
		Text:   clause.Text{ZH: "该渠道交易号此前以不同的金额或充值入账。", EN: "The channel already reported this trade number with another amount or top-up."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "与该渠道的对账单核对。", EN: "Compare it with the channel's statement."}}})
	// ChannelUnavailable: the provider has not set the channel up.
	ChannelUnavailable = clause.Declare(clause.Refusal{Code: "CHANNEL_UNAVAILABLE", Clause: "3.5",
		Text:   clause.Text{ZH: "该支付渠道暂未开通。", EN: "This payment channel is not set up."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "改用其他渠道，例如银行转账。", EN: "Use another one, a bank transfer for instance."}, Operation: "startTopUp", Input: map[string]any{"accountId": "{accountId}", "channel": "BANK_TRANSFER", "amount": "{amount}"}}})
	// NotWaiting: the payment doesn't wait for such a decision.
	NotWaiting = clause.Declare(clause.Refusal{Code: "NOT_IN_SUSPENSE", Clause: "3.5",
		Text:   clause.Text{ZH: "该付款没有等待这一决定的事项。", EN: "The payment does not wait for a decision of this kind."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "在待处理的付款中另选一笔，或作出适合其状态的决定。", EN: "Choose one of the payments that wait, or a decision that suits its status."}}})
	// NoEntity: what is paid before the entity's approval waits for it.
	NoEntity = clause.Declare(clause.Refusal{Code: "ENTITY_NOT_APPROVED", Clause: "3.5",
		Text:   clause.Text{ZH: "主体认证通过之前，款项只能暂挂或退回。", EN: "The payment can't be credited before the legal entity is approved; until then it waits, or can be returned."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "先审核主体认证。", EN: "Review the verification first."}, Operation: "reviewVerification"}})
	// PayerDecided: the payer was reviewed already.
	PayerDecided = clause.Declare(clause.Refusal{Code: "PAYER_ALREADY_DECIDED", Clause: "3.5",
		Text:   clause.Text{ZH: "该付款人已审核。", EN: "The payer was already reviewed."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "如需更改，请账户所有者重新指定该付款人。", EN: "To change it, the owner designates the payer anew."}}})
	// PayerDesignated: the same name waits, or is accepted.
	PayerDesignated = clause.Declare(clause.Refusal{Code: "PAYER_ALREADY_DESIGNATED", Clause: "3.5",
		Text:   clause.Text{ZH: "该付款人已指定，无需重复提交。", EN: "This payer is already designated."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "等待审核，或由该付款人直接付款。", EN: "Wait for the review, or let the payer pay."}}})
)
