package clause

// The names of the figures. They must not change: signed agreements and
// settings refer to a figure by its name.
const (
	AgreementZone          = "agreement.zone"
	CodeLength             = "code.length"
	CodeLifetime           = "code.lifetime"
	CodeTries              = "code.tries"
	CodePerNumberMinute    = "code.per_number_minute"
	CodePerNumberDay       = "code.per_number_day"
	CodePerAddressDay      = "code.per_address_day"
	RefreshReuseWindow     = "refresh.reuse_window"
	RefreshLivePairs       = "refresh.live_pairs"
	PasswordTries          = "password.tries"
	PasswordRemembered     = "password.remembered"
	PasswordTriesPause     = "password.tries_pause"
	InvitationTries        = "invitation.tries"
	InvitationTriesPause   = "invitation.tries_pause"
	FactorTries            = "factor.tries"
	FactorTriesPause       = "factor.tries_pause"
	FactorUnconfirmed      = "factor.unconfirmed_lifetime"
	FactorsPerPerson       = "factor.per_person"
	RecoveryCodes          = "factor.recovery_codes"
	ChallengeLifetime      = "challenge.lifetime"
	ChallengeTries         = "challenge.tries"
	StepUpAge              = "factor.step_up_age"
	APIKeyLifetime         = "apikey.lifetime"
	APIKeyOverlap          = "apikey.overlap"
	APIKeysPerEmployee     = "apikey.per_employee"
	APIKeysPerAccount      = "apikey.per_account"
	APIKeyNetworks         = "apikey.networks"
	EmailLinksDay          = "email.links_day"
	EmailUndoDays          = "email.undo_days"
	MessagesPerRecipient   = "message.per_recipient_day"
	SecurityMessagesDay    = "message.security_per_person_day"
	MessagesUncoded        = "message.uncoded_per_recipient_day"
	PasswordReminderAge    = "password.reminder_age"
	SessionLifetime        = "session.lifetime"
	TransferLifetime       = "transfer.lifetime"
	DeveloperUsers         = "im.developer.registered_users"
	MessagesDay            = "im.messages_day"
	OverseasMessagesDay    = "im.overseas_messages_day"
	BillCloseDelay         = "bill.close_delay"
	BillDisputeMonths      = "bill.dispute_months"
	BillDisputeToMonthEnd  = "bill.dispute_to_month_end"
	BillAdjustmentMonths   = "bill.adjustment_months"
	TopUpOnlineLifetime    = "topup.online_lifetime"
	TopUpTransferLifetime  = "topup.transfer_lifetime"
	RenewalReminders       = "renewal.reminders"
	ArrearsGraceDays       = "arrears.grace_days"
	InvoiceCutoffDay       = "invoice.cutoff_day"
	InvoiceCutoffIncluded  = "invoice.cutoff_included"
	RetentionSessions      = "retention.sessions"
	RetentionMessages      = "retention.messages"
	RetentionRefusals      = "retention.refusals"
	RetentionAudit         = "retention.audit"
	RetentionUsage         = "retention.usage"
	SDKLeadMonths          = "notice.sdk_lead_months"
	MaintenanceLead        = "notice.maintenance_lead"
	MigrationLead          = "notice.migration_lead"
	EmailAnnounceDays      = "email.change.announce_days"
	EmailEffectiveDays     = "email.change.effective_working_days"
	ServedElectronicDelay  = "notice.served.electronic_delay"
	ServedExpressCity      = "notice.served.express_city_days"
	ServedExpressMainland  = "notice.served.express_mainland_days"
	ServedExpressHMT       = "notice.served.express_hk_mo_tw_days"
	ServedExpressElsewhere = "notice.served.express_abroad_days"
)

// Figures lists the figures of the standard agreement, in the order of the
// clauses. The terms of what a provider sells (limits, prices, minimum
// balances, retention periods) are in the catalogue. If the agreement itself
// sets a limit of the catalogue, the limit refers to its figure here.
var Figures = []Figure{
	{Name: AgreementZone, Clause: "0", Unit: Zone, Default: "Asia/Shanghai",
		Text: Text{"计算日、月和截止时刻所用的时区", "time zone in which days, months and cut-offs are counted"}},
	{Name: CodeLength, Clause: "1.1", Unit: Count, Default: "6",
		Text: Text{"短信验证码的位数", "number of digits of a phone code"}},
	{Name: CodeLifetime, Clause: "1.1", Unit: Duration, Default: "5m",
		Text: Text{"短信验证码的有效时间", "lifetime of a phone code"}},
	{Name: CodeTries, Clause: "1.1", Unit: Count, Default: "5",
		Text: Text{"验证码失效前允许输错的次数", "number of wrong attempts after which a phone code becomes invalid"}},
	{Name: CodePerNumberMinute, Clause: "1.1", Unit: Count, Default: "1",
		Text: Text{"同一号码每分钟最多发送的验证码", "maximum number of codes sent to one phone number in a minute"}},
	{Name: CodePerNumberDay, Clause: "1.1", Unit: Count, Default: "10",
		Text: Text{"同一号码每日最多发送的验证码", "maximum number of codes sent to one phone number in a day"}},
	{Name: CodePerAddressDay, Clause: "1.1", Unit: Count, Default: "20",
		Text: Text{"同一网络地址每日最多请求的验证码", "maximum number of codes requested from one network address in a day"}},
	{Name: RefreshReuseWindow, Clause: "1.1", Unit: Duration, Default: "30s",
		Text: Text{"刷新令牌重复提交仍可换新的时间", "time in which a refresh token that was already used can be used again"}},
	{Name: RefreshLivePairs, Clause: "1.1", Unit: Count, Default: "20",
		Text: Text{"一个会话最多有效的令牌对", "maximum number of valid token pairs of one session"}},
	{Name: EmailLinksDay, Clause: "1.1", Unit: Count, Default: "5",
		Text: Text{"同一用户每日最多发送的邮箱验证链接", "maximum number of e-mail verification links sent for one person in a day"}},
	{Name: EmailUndoDays, Clause: "1.1", Unit: Days, Default: "7",
		Text: Text{"原邮箱可撤销邮箱更改的天数", "number of days in which the old e-mail address can undo its replacement"}},
	{Name: PasswordReminderAge, Clause: "1.4", Unit: Days, Default: "90",
		Text: Text{"密码使用超过此天数即提醒更换", "age of a password, in days, from which a change is suggested"}},
	{Name: SessionLifetime, Clause: "1.4", Unit: Duration, Default: "720h",
		Text: Text{"一次登录的会话最长持续的时间", "maximum lifetime of a session, however often its tokens are refreshed"}},
	{Name: TransferLifetime, Clause: "1.4", Unit: Days, Default: "30",
		Text: Text{"三方转让协议未执行即失效的天数", "number of days after which a transfer agreement expires if it isn't executed"}},
	{Name: PasswordRemembered, Clause: "1.4", Unit: Count, Default: "5",
		Text: Text{"不可再用的最近密码个数，含当前密码", "number of the last passwords that can't be chosen again, the present one included"}},
	{Name: PasswordTries, Clause: "1.4", Unit: Count, Default: "5",
		Text: Text{"修改密码时连续输错当前密码的次数上限", "maximum number of consecutive wrong attempts at the current password"}},
	{Name: PasswordTriesPause, Clause: "1.4", Unit: Duration, Default: "1h",
		Text: Text{"输错过多后须等待的时间", "waiting time after too many wrong attempts at the current password"}},
	{Name: FactorTries, Clause: "1.4", Unit: Count, Default: "5",
		Text: Text{"连续输错二次验证码的次数上限", "maximum number of consecutive wrong attempts at a second factor"}},
	{Name: FactorTriesPause, Clause: "1.4", Unit: Duration, Default: "1h",
		Text: Text{"二次验证输错过多后须等待的时间", "waiting time after too many wrong attempts at a second factor"}},
	{Name: FactorUnconfirmed, Clause: "1.4", Unit: Duration, Default: "10m",
		Text: Text{"新添加的验证方式须在此时间内确认", "time in which a second factor that was added must be confirmed"}},
	{Name: FactorsPerPerson, Clause: "1.4", Unit: Count, Default: "10",
		Text: Text{"一人最多的二次验证方式", "maximum number of second factors of one person"}},
	{Name: RecoveryCodes, Clause: "1.4", Unit: Count, Default: "10",
		Text: Text{"一组恢复码的个数", "number of recovery codes in a set"}},
	{Name: ChallengeLifetime, Clause: "1.4", Unit: Duration, Default: "5m",
		Text: Text{"登录时完成二次验证的时间", "time in which a sign-in must be completed with a second factor"}},
	{Name: ChallengeTries, Clause: "1.4", Unit: Count, Default: "5",
		Text: Text{"一次登录的二次验证失效前的尝试次数", "number of attempts after which the challenge of a sign-in becomes invalid"}},
	{Name: StepUpAge, Clause: "1.4", Unit: Duration, Default: "15m",
		Text: Text{"二次验证后可进行敏感操作的时间", "time after a second factor was passed in which sensitive operations are possible"}},
	{Name: APIKeyLifetime, Clause: "1.4", Unit: Days, Default: "365",
		Text: Text{"API 密钥自创建或轮换起最长的有效天数", "maximum number of days for which an API key is valid from its creation or rotation"}},
	{Name: APIKeyOverlap, Clause: "1.4", Unit: Duration, Default: "168h",
		Text: Text{"API 密钥轮换后原有密文最长的有效时间", "maximum time for which the secret before remains valid after an API key was rotated"}},
	{Name: InvitationTries, Clause: "1.5", Unit: Count, Default: "30",
		Text: Text{"同一网络连续使用无效邀请令牌的次数上限", "maximum number of consecutive invalid invitation tokens from one network"}},
	{Name: InvitationTriesPause, Clause: "1.5", Unit: Duration, Default: "1h",
		Text: Text{"无效邀请令牌过多后须等待的时间", "waiting time of a network after too many invalid invitation tokens"}},
	{Name: DeveloperUsers, Clause: "2.3", Unit: Count, Default: "100",
		Text: Text{"即时通讯开发版的注册用户上限", "maximum number of registered users of the instant messaging developer plan"}},
	{Name: MessagesDay, Clause: "2.3", Unit: Count, Default: "10000000",
		Text: Text{"单日消息量超过此数须部署专有云", "number of messages in a day above which a dedicated cloud is required"}},
	{Name: OverseasMessagesDay, Clause: "2.4", Unit: Count, Default: "2000000",
		Text: Text{"海外单日消息分发量超过此数须部署专有云", "number of messages distributed overseas in a day above which a dedicated cloud is required"}},
	{Name: BillCloseDelay, Clause: "3.4", Unit: Duration, Default: "10m",
		Text: Text{"计费周期结束后到结账的时间", "time from the end of a billing period until it is closed"}},
	{Name: BillDisputeMonths, Clause: "3.4", Unit: Months, Default: "1",
		Text: Text{"账单发送后可提出异议的月数", "number of months after sending in which a bill can be disputed"}},
	{Name: BillDisputeToMonthEnd, Clause: "3.4", Unit: Flag, Default: "true",
		Text: Text{"异议期是否至该月月末为止（否则至该月同日）", "whether the dispute period lasts until the end of its last month (otherwise until the same day of it)"}},
	{Name: BillAdjustmentMonths, Clause: "3.4", Unit: Months, Default: "1",
		Text: Text{"异议成立后在其后第几个月的账单中调整", "number of months after which the bill corrects an accepted dispute"}},
	{Name: TopUpOnlineLifetime, Clause: "3.5", Unit: Duration, Default: "24h",
		Text: Text{"在线支付的充值可付款的时间", "time in which a top-up through an online channel can be paid"}},
	{Name: TopUpTransferLifetime, Clause: "3.5", Unit: Duration, Default: "720h",
		Text: Text{"银行转账的充值可付款的时间", "time in which a top-up by bank transfer can be paid"}},
	{Name: RenewalReminders, Clause: "3.7", Unit: DayList, Default: "30,7,1",
		Text: Text{"到期前提醒续费的天数", "numbers of days before expiry at which a renewal reminder is sent"}},
	{Name: ArrearsGraceDays, Clause: "3.8", Unit: Days, Default: "7",
		Text: Text{"欠费后付费服务继续的天数（实时计量与第三方产品除外）", "number of days for which paid services continue in arrears (except services metered in real time and third-party products)"}},
	{Name: InvoiceCutoffDay, Clause: "3.9", Unit: DayOfMonth, Default: "25",
		Text: Text{"当月开票的审核截止日", "day of the month by which an invoice request must be approved"}},
	{Name: InvoiceCutoffIncluded, Clause: "3.9", Unit: Flag, Default: "true",
		Text: Text{"截止日当天是否计入", "whether the cut-off day itself is included"}},
	{Name: MessagesPerRecipient, Clause: "5.4", Unit: Count, Default: "10",
		Text: Text{"同一收件人每日最多收到的应请求发送的消息，含验证码", "maximum number of requested messages, including codes, sent to one recipient in a day"}},
	{Name: SecurityMessagesDay, Clause: "5.4", Unit: Count, Default: "10",
		Text: Text{"同一用户每日最多收到的安全通知", "maximum number of messages in a day about changes of one person's credentials, and as many about its sign-ins"}},
	{Name: MessagesUncoded, Clause: "5.4", Unit: Count, Default: "5",
		Text: Text{"其中不含验证码的消息上限", "maximum number of these messages that contain no code"}},
	{Name: APIKeysPerEmployee, Clause: "5.4", Unit: Count, Default: "10",
		Text: Text{"一名员工最多创建的有效 API 密钥", "maximum number of live API keys that one employee creates"}},
	{Name: APIKeysPerAccount, Clause: "5.4", Unit: Count, Default: "100",
		Text: Text{"一个账户最多有效的 API 密钥", "maximum number of live API keys of one account"}},
	{Name: APIKeyNetworks, Clause: "5.4", Unit: Count, Default: "20",
		Text: Text{"一个 API 密钥最多限定的网络", "maximum number of networks to which one API key is limited"}},
	{Name: SDKLeadMonths, Clause: "5.5", Unit: Months, Default: "1",
		Text: Text{"停用旧版 SDK 须提前通知的月数", "number of months before which the end of an SDK version must be announced"}},
	{Name: RetentionSessions, Clause: "6.1", Unit: Days, Default: "30",
		Text: Text{"会话结束后其登录记录的保存天数", "number of days for which the record of a session is kept after its maximum lifetime"}},
	{Name: RetentionMessages, Clause: "6.1", Unit: Days, Default: "90",
		Text: Text{"邮件和短信发送记录的保存天数", "number of days for which the record of a sent mail or short message is kept"}},
	{Name: RetentionRefusals, Clause: "6.1", Unit: Days, Default: "184",
		Text: Text{"对未登录访问者的拒绝记录的保存天数", "number of days for which refusals of visitors are kept"}},
	{Name: RetentionAudit, Clause: "6.1", Unit: Days, Default: "1096",
		Text: Text{"操作审计记录的保存天数", "number of days for which the audit log is kept"}},
	{Name: RetentionUsage, Clause: "6.1", Unit: Days, Default: "732",
		Text: Text{"用量明细事件的保存天数（按小时汇总的用量继续保存）", "number of days for which single usage events are kept (hourly totals are kept longer)"}},
	{Name: MaintenanceLead, Clause: "9.3", Unit: Duration, Default: "24h",
		Text: Text{"常规维护须提前通知的时间", "time before which routine maintenance must be announced"}},
	{Name: MigrationLead, Clause: "9.4", Unit: Days, Default: "30",
		Text: Text{"迁移与重大调整须提前通知的天数", "number of days before which a migration or large change must be announced"}},
	{Name: EmailAnnounceDays, Clause: "12.3", Unit: Days, Default: "7",
		Text: Text{"联系邮箱变更后应告知的天数", "number of days within which a change of the contact e-mail must be announced"}},
	{Name: EmailEffectiveDays, Clause: "12.3", Unit: WorkingDays, Default: "1",
		Text: Text{"告知后第几个工作日新邮箱生效", "number of working days after the announcement until the new e-mail takes effect"}},
	{Name: ServedElectronicDelay, Clause: "12.4", Unit: Duration, Default: "0s",
		Text: Text{"电子通知自发出至视为送达的时间", "time from sending an electronic notice until it counts as served"}},
	{Name: ServedExpressCity, Clause: "12.4", Unit: Days, Default: "5",
		Text: Text{"同城特快专递视为送达的天数", "number of days until express mail within the provider's city counts as served"}},
	{Name: ServedExpressMainland, Clause: "12.4", Unit: Days, Default: "10",
		Text: Text{"国内其他地区特快专递视为送达的天数", "number of days until express mail elsewhere in the mainland counts as served"}},
	{Name: ServedExpressHMT, Clause: "12.4", Unit: Days, Default: "15",
		Text: Text{"港澳台特快专递视为送达的天数", "number of days until express mail to Hong Kong, Macao or Taiwan counts as served"}},
	{Name: ServedExpressElsewhere, Clause: "12.4", Unit: Days, Default: "20",
		Text: Text{"境外其他地区特快专递视为送达的天数", "number of days until express mail to other places abroad counts as served"}},
}
