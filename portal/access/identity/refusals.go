package identity

import "portico/clause"

func words(zh, en string) clause.Text { return clause.Text{ZH: zh, EN: en} }

// The refusals of identity.
var (
	CaptchaWrong = clause.Declare(clause.Refusal{Code: "CAPTCHA_WRONG", Clause: "1.1",
		Text:   words("图形验证码不正确、已使用或已过期。", "The answer to the captcha is wrong, or the captcha was already used or has expired."),
		Remedy: &clause.Remedy{Text: words("获取新的图形验证码。", "Get a new captcha."), Operation: "createCaptcha", Input: map[string]any{"purpose": "{purpose}"}}})
	CaptchaRequired = clause.Declare(clause.Refusal{Code: "CAPTCHA_REQUIRED", Clause: "1.1",
		Text:   words("多次失败后，登录需要图形验证码。", "After several failed sign-ins a captcha is required."),
		Remedy: &clause.Remedy{Text: words("获取图形验证码，登录时一并提交答案。", "Get a captcha and send its answer with the sign-in."), Operation: "createCaptcha", Input: map[string]any{"purpose": "SIGN_IN"}}})
	CaptchaKindUnavailable = clause.Declare(clause.Refusal{Code: "CAPTCHA_KIND_UNAVAILABLE", Clause: "1.1",
		Text:   words("当前不提供这种人机验证。", "This kind of captcha is not offered."),
		Remedy: &clause.Remedy{Text: words("获取另一种人机验证。", "Get a captcha of a kind that is offered."), Operation: "createCaptcha", Input: map[string]any{"purpose": "{purpose}", "kind": "{kind}"}}})
	CodeLimit = clause.Declare(clause.Refusal{Code: "CODE_LIMIT", Clause: "1.1",
		Text:   words("验证码发送过于频繁，请在 {retryAfter} 秒后重试。", "Too many codes were requested. Try again in {retryAfter} seconds."),
		Remedy: &clause.Remedy{Text: words("请稍后重试。", "Wait, then request a code again."), Operation: "requestPhoneCode"}})
	CodeWrong = clause.Declare(clause.Refusal{Code: "CODE_WRONG", Clause: "1.1",
		Text:   words("验证码不正确、已使用或已过期。", "The code is wrong, was already used, or has expired."),
		Remedy: &clause.Remedy{Text: words("请核对验证码，或获取新的验证码。", "Check the code, or request a new one."), Operation: "requestPhoneCode", Input: map[string]any{"phone": "{phone}", "purpose": "{purpose}"}}})
	PasswordWeak = clause.Declare(clause.Refusal{Code: "PASSWORD_WEAK", Clause: "1.4",
		Text:   words("密码强度不足：需 {shortest} 至 {longest} 个字符，且不易被猜到。", "The password is too weak. It must have {shortest} to {longest} characters and be hard to guess."),
		Remedy: &clause.Remedy{Text: words("使用几个不相关的词，或密码管理器生成的密码。", "Use several unrelated words, or a password from a password manager.")}})
	PasswordReused = clause.Declare(clause.Refusal{Code: "PASSWORD_REUSED", Clause: "1.4",
		Text:   words("新密码是最近使用过的 {remembered} 个密码之一。", "The new password is one of the last {remembered} passwords."),
		Remedy: &clause.Remedy{Text: words("请选择另一个密码。", "Choose another password.")}})
	PhoneRegistered = clause.Declare(clause.Refusal{Code: "PHONE_REGISTERED", Clause: "1.1",
		Text:   words("该号码已注册。", "The number is already registered."),
		Remedy: &clause.Remedy{Text: words("请直接登录；忘记密码可以重设。", "Sign in. If you forgot the password, reset it."), Operation: "signIn", Input: map[string]any{"login": "{phone}"}}})
	PhoneNotRegistered = clause.Declare(clause.Refusal{Code: "PHONE_NOT_REGISTERED", Clause: "1.1",
		Text:   words("该号码尚未注册。", "The number is not registered."),
		Remedy: &clause.Remedy{Text: words("请先注册。", "Register first."), Operation: "register", Input: map[string]any{"phone": "{phone}"}}})
	SignInFailed = clause.Declare(clause.Refusal{Code: "SIGN_IN_FAILED", Clause: "1.4",
		Text:   words("登录名或密码不正确。", "The login or the password is wrong."),
		Remedy: &clause.Remedy{Text: words("请核对后重试，或重设密码。", "Check both and try again, or reset the password."), Operation: "resetPassword"}})
	SignInDelayed = clause.Declare(clause.Refusal{Code: "SIGN_IN_DELAYED", Clause: "1.4",
		Text:   words("登录失败次数过多，请在 {retryAfter} 秒后重试。", "Too many sign-ins failed. Try again in {retryAfter} seconds."),
		Remedy: &clause.Remedy{Text: words("等待后重试；或先获取图形验证码，用短信验证码重设密码。", "Wait, then try again. Or reset the password with a code sent to your phone: get a captcha first."), Operation: "createCaptcha", Input: map[string]any{"purpose": "RESET_PASSWORD"}}})
	FirstPasswordEnded = clause.Declare(clause.Refusal{Code: "FIRST_PASSWORD_ENDED", Clause: "1.4",
		Text:   words("初始密码已失效：它仅可在 24 小时内登录一次。", "The initial password is no longer valid: it can be used for one sign-in within 24 hours."),
		Remedy: &clause.Remedy{Text: words("先获取图形验证码，用短信验证码设置自己的密码。", "Set your own password with a code sent to your phone: get a captcha first."), Operation: "createCaptcha", Input: map[string]any{"purpose": "RESET_PASSWORD"}}})
	RefreshInvalid = clause.Declare(clause.Refusal{Code: "REFRESH_INVALID", Clause: "1.4",
		Text:   words("刷新令牌无效、已过期，或其会话已结束。", "The refresh token is unknown or has expired, or its session has ended."),
		Remedy: &clause.Remedy{Text: words("重新登录。", "Sign in again."), Operation: "signIn"}})
	RefreshReused = clause.Declare(clause.Refusal{Code: "REFRESH_REUSED", Clause: "1.4",
		Text:   words("刷新令牌被再次使用，为保护您的安全，该会话已结束。", "The refresh token was used again. Its session was ended to protect you."),
		Remedy: &clause.Remedy{Text: words("重新登录；如非本人操作，请重设密码。", "Sign in again. If this was not you, reset the password."), Operation: "signIn"}})
	EmailTokenInvalid = clause.Declare(clause.Refusal{Code: "EMAIL_TOKEN_INVALID", Clause: "1.1",
		Text:   words("链接无效、已使用或已过期。", "The link is invalid, was already used, or has expired."),
		Remedy: &clause.Remedy{Text: words("登录后重新发送验证邮件。", "Sign in and request a new link."), Operation: "resendEmailVerification", Input: map[string]any{}}})
	EmailUndoInvalid = clause.Declare(clause.Refusal{Code: "EMAIL_UNDO_INVALID", Clause: "1.1",
		Text:   words("撤销链接无效、已使用或已过期。", "The link to undo the change is invalid, was already used, or has expired."),
		Remedy: &clause.Remedy{Text: words("先获取图形验证码，用短信验证码重设密码，再改回邮箱。", "Reset the password with a code sent to your phone, then change the address back: get a captcha first."), Operation: "createCaptcha", Input: map[string]any{"purpose": "RESET_PASSWORD"}}})
	EmailTaken = clause.Declare(clause.Refusal{Code: "EMAIL_TAKEN", Clause: "1.1",
		Text:   words("该邮箱已被其他用户验证。", "Another person has verified this address."),
		Remedy: &clause.Remedy{Text: words("请使用其他邮箱地址，或用该邮箱登录。", "Use another address, or sign in with this one."), Operation: "signIn"}})
	CurrentPasswordWrong = clause.Declare(clause.Refusal{Code: "CURRENT_PASSWORD_WRONG", Clause: "1.4",
		Text:   words("当前密码不正确。", "The current password is wrong."),
		Remedy: &clause.Remedy{Text: words("请核对后重试；忘记密码可以重设。", "Check it and try again. If you forgot it, reset the password."), Operation: "resetPassword"}})
	TriesExceeded = clause.Declare(clause.Refusal{Code: "TRIES_EXCEEDED", Clause: "1.4",
		Text:   words("错误次数过多，请在 {retryAfter} 秒后重试。", "Too many wrong tries. Try again in {retryAfter} seconds."),
		Remedy: &clause.Remedy{Text: words("等待 {retryAfter} 秒后重试。", "Wait {retryAfter} seconds, then try again.")}})
	ChallengeEnded = clause.Declare(clause.Refusal{Code: "CHALLENGE_ENDED", Clause: "1.4",
		Text:   words("该登录验证不存在、已完成、已过期，或尝试次数过多。", "The challenge is unknown, was already answered, has expired, or was tried too often."),
		Remedy: &clause.Remedy{Text: words("重新登录。", "Sign in again."), Operation: "signIn"}})
	EmailLinkLimit = clause.Declare(clause.Refusal{Code: "EMAIL_LINK_LIMIT", Clause: "1.1",
		Text:   words("验证邮件发送过于频繁，请在 {retryAfter} 秒后重试。", "Too many links were requested. Try again in {retryAfter} seconds."),
		Remedy: &clause.Remedy{Text: words("使用已收到的链接，或在 {retryAfter} 秒后重试。", "Use a link that has arrived, or request another in {retryAfter} seconds."), Operation: "resendEmailVerification", Input: map[string]any{}}})
)
