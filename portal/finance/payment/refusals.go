package payment

import "portico/clause"

// The refusals of payments (3.5).
var (
	// SignatureInvalid: a notification must have a valid signature of its
	// channel.
	SignatureInvalid = clause.Declare(clause.Refusal{Code: "PAYMENT_SIGNATURE_INVALID", Clause: "3.5",
		Text:   clause.Text{ZH: "付款通知缺少签名，或签名不正确。", EN: "The signature of the payment notification is missing or wrong."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请用该渠道与服务方约定的密钥签名后重新发送。", EN: "Sign it with the key agreed between the channel and the provider, and send it again."}}})
	// Unreadable: the channel signed it, but it isn't in the agreed form.
	Unreadable = clause.Declare(clause.Refusal{Code: "PAYMENT_UNREADABLE", Clause: "3.5",
		Text:   clause.Text{ZH: "付款通知无法识别：{detail}", EN: "The payment notification can't be read: {detail}"},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请按约定的格式重新发送。", EN: "Send it again in the agreed format."}}})
	// Unattributed: the payment quotes no reference.
	Unattributed = clause.Declare(clause.Refusal{Code: "PAYMENT_UNATTRIBUTED", Clause: "3.5",
		Text:   clause.Text{ZH: "该笔来款未注明付款参考号，待运营人员处理。", EN: "The payment quotes no payment reference; an operator decides about it."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "由运营人员查明款项归属，或退回该款项。", EN: "An operator finds out whom the money belongs to, or returns it."}}})
	// Outgoing: a statement line of outgoing money.
	Outgoing = clause.Declare(clause.Refusal{Code: "PAYMENT_OUTGOING", Clause: "3.5",
		Text:   clause.Text{ZH: "该笔为支出款项，待运营人员核实。", EN: "The line is an outgoing payment; an operator reviews it."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "无需处理。", EN: "No action is needed."}}})
	// Unknown: no top-up has the reference.
	Unknown = clause.Declare(clause.Refusal{Code: "PAYMENT_UNKNOWN", Clause: "3.5",
		Text:   clause.Text{ZH: "没有与该付款参考号对应的充值，款项待运营人员处理。", EN: "No top-up has this payment reference; an operator decides about the payment."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请核对付款参考号；如已付款，由运营人员查找该款项。", EN: "Check the payment reference. If money was paid, an operator will look for it."}}})
	// Foreign: the top-up was started for another channel or currency.
	Foreign = clause.Declare(clause.Refusal{Code: "PAYMENT_FOREIGN", Clause: "3.5",
		Text:   clause.Text{ZH: "该充值属于其他支付渠道或币种。", EN: "The top-up is for another channel or currency."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请按该充值所选的渠道与币种付款。", EN: "Pay by the channel and in the currency of the top-up."}}})
	// Conflict: the trade number came before with other content.
	Conflict = clause.Declare(clause.Refusal{Code: "PAYMENT_CONFLICT", Clause: "3.5",
		Text:   clause.Text{ZH: "该渠道交易号此前已用于其他金额或其他充值。", EN: "The channel already reported this trade number with another amount or top-up."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请与该渠道的对账单核对。", EN: "Check it against the channel's statement."}}})
	// ChannelUnavailable: the provider has not set up the channel.
	ChannelUnavailable = clause.Declare(clause.Refusal{Code: "CHANNEL_UNAVAILABLE", Clause: "3.5",
		Text:   clause.Text{ZH: "该支付渠道暂未开通。", EN: "This payment channel is not set up."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请改用其他渠道，例如银行转账。", EN: "Use another channel, for example a bank transfer."}, Operation: "startTopUp", Input: map[string]any{"accountId": "{accountId}", "channel": "BANK_TRANSFER", "amount": "{amount}"}}})
	// NotWaiting: the payment doesn't wait for this decision.
	NotWaiting = clause.Declare(clause.Refusal{Code: "NOT_IN_SUSPENSE", Clause: "3.5",
		Text:   clause.Text{ZH: "该付款当前不需要作出此决定。", EN: "The payment does not wait for a decision of this kind."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请另选一笔待处理的付款，或作出与其状态相符的决定。", EN: "Choose a payment that waits for a decision, or a decision that suits its status."}}})
	// NoEntity: a payment before the legal entity's approval waits for the
	// approval.
	NoEntity = clause.Declare(clause.Refusal{Code: "ENTITY_NOT_APPROVED", Clause: "3.5",
		Text:   clause.Text{ZH: "主体认证通过之前，款项只能暂挂或退回。", EN: "The payment can't be credited before the legal entity is approved; until then it waits, or can be returned."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请先审核主体认证。", EN: "Review the verification first."}, Operation: "reviewVerification"}})
	// PayerDecided: the payer was already reviewed.
	PayerDecided = clause.Declare(clause.Refusal{Code: "PAYER_ALREADY_DECIDED", Clause: "3.5",
		Text:   clause.Text{ZH: "该付款人已审核。", EN: "The payer was already reviewed."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "如需更改，请账户所有者重新指定该付款人。", EN: "To change this, the owner must designate the payer again."}}})
	// PayerDesignated: the same payer waits for its review, or is accepted.
	PayerDesignated = clause.Declare(clause.Refusal{Code: "PAYER_ALREADY_DESIGNATED", Clause: "3.5",
		Text:   clause.Text{ZH: "该付款人已指定，无需重复提交。", EN: "This payer is already designated."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请等待审核，或由该付款人直接付款。", EN: "Wait for the review, or have the payer pay."}}})
)
