package factor

import "portico/clause"

func words(zh, en string) clause.Text { return clause.Text{ZH: zh, EN: en} }

// The refusals of factor.
var (
	SecondFactorWrong = clause.Declare(clause.Refusal{Code: "SECOND_FACTOR_WRONG", Clause: "1.4",
		Text:   words("二次验证码不正确，或已使用。", "The code of the second factor is wrong or was already used."),
		Remedy: &clause.Remedy{Text: words("请等待验证器应用显示下一个验证码，并核对手机时间；或使用恢复码。", "Wait for the next code of your app, and check the clock of your phone. Or use a recovery code.")}})
	SecondFactorMissing = clause.Declare(clause.Refusal{Code: "SECOND_FACTOR_MISSING", Clause: "1.4",
		Text:   words("您尚未设置二次验证。", "You have no second factor."),
		Remedy: &clause.Remedy{Text: words("添加验证器应用。", "Add an authenticator app."), Operation: "addTotp", Input: map[string]any{}}})
	SecondFactorNotPending = clause.Declare(clause.Refusal{Code: "SECOND_FACTOR_NOT_PENDING", Clause: "1.4",
		Text:   words("该验证方式已确认，或未在规定时间内确认。", "The second factor was already confirmed, or was not confirmed in time."),
		Remedy: &clause.Remedy{Text: words("如二次验证列表中没有该方式，请重新添加。", "If it is not among your second factors, add it again."), Operation: "addTotp", Input: map[string]any{}}})
	SecondFactorLimit = clause.Declare(clause.Refusal{Code: "SECOND_FACTOR_LIMIT", Clause: "1.4",
		Text:   words("二次验证方式已达上限（{most} 个）。", "You have the maximum number of second factors ({most})."),
		Remedy: &clause.Remedy{Text: words("请先移除不再使用的验证方式。", "First remove one that you no longer use."), Operation: "removeSecondFactor", Input: map[string]any{}}})
	PasskeysUnavailable = clause.Declare(clause.Refusal{Code: "PASSKEYS_UNAVAILABLE", Clause: "1.4",
		Text:   words("此服务地址不支持通行密钥。", "Passkeys are not available at the address of this server."),
		Remedy: &clause.Remedy{Text: words("请改用验证器应用。", "Use an authenticator app instead."), Operation: "addTotp", Input: map[string]any{}}})
	PasskeyMissing = clause.Declare(clause.Refusal{Code: "PASSKEY_MISSING", Clause: "1.4",
		Text:   words("您尚未添加通行密钥。", "You have no passkey."),
		Remedy: &clause.Remedy{Text: words("添加通行密钥，或使用其他验证方式。", "Add a passkey, or use another second factor."), Operation: "beginPasskey", Input: map[string]any{}}})
	PasskeyChallengeEnded = clause.Declare(clause.Refusal{Code: "PASSKEY_CHALLENGE_ENDED", Clause: "1.4",
		Text:   words("该通行密钥请求不存在、已使用、已过期，或不属于此会话。", "The challenge for the passkey is unknown, was already used, has expired, or belongs to another session."),
		Remedy: &clause.Remedy{Text: words("请重新开始，并在 5 分钟内完成。", "Start again, and finish within 5 minutes.")}})
	PasskeyWrong = clause.Declare(clause.Refusal{Code: "PASSKEY_WRONG", Clause: "1.4",
		Text:   words("通行密钥的应答不正确，或该通行密钥已移除。", "The answer of the passkey is wrong, or the passkey was removed."),
		Remedy: &clause.Remedy{Text: words("请重新开始，或改用其他方式登录。", "Start again, or sign in another way.")}})
	PasskeyRegistered = clause.Declare(clause.Refusal{Code: "PASSKEY_REGISTERED", Clause: "1.4",
		Text:   words("该通行密钥已经添加过。", "This passkey was already added."),
		Remedy: &clause.Remedy{Text: words("直接使用该通行密钥，或在另一设备上创建新的通行密钥。", "Use this passkey, or create another one on another device.")}})
	PasskeyCopied = clause.Declare(clause.Refusal{Code: "PASSKEY_COPIED", Clause: "1.4",
		Text:   words("该通行密钥的计数器没有增加，可能已被复制。", "The counter of this passkey has not grown: there may be a copy of it."),
		Remedy: &clause.Remedy{Text: words("请用其他方式登录，移除该通行密钥后重新添加。", "Sign in another way, remove this passkey, and add a new one."), Operation: "signIn"}})
	ReplacementNotConfirmed = clause.Declare(clause.Refusal{Code: "REPLACEMENT_NOT_CONFIRMED", Clause: "1.4",
		Text:   words("更换后，现有的恢复码将全部失效，请先确认。", "All present recovery codes become invalid. Confirm that first."),
		Remedy: &clause.Remedy{Text: words("确认后重新提交。", "Send the command again with the confirmation."), Operation: "replaceRecoveryCodes", Input: map[string]any{"confirm": true}}})
)
