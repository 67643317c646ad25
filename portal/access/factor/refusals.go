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
	ReplacementNotConfirmed = clause.Declare(clause.Refusal{Code: "REPLACEMENT_NOT_CONFIRMED", Clause: "1.4",
		Text:   words("更换后，现有的恢复码将全部失效，请先确认。", "All present recovery codes become invalid. Confirm that first."),
		Remedy: &clause.Remedy{Text: words("确认后重新提交。", "Send the command again with the confirmation."), Operation: "replaceRecoveryCodes", Input: map[string]any{"confirm": true}}})
)
