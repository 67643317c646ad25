package identity

import "portico/clause"

func words(zh, en string) clause.Text { return clause.Text{ZH: zh, EN: en} }

// The refusals of identity.
var (
	CaptchaWrong = clause.Declare(clause.Refusal{Code: "CAPTCHA_WRONG", Clause: "1.1",
		Text:   words("图形验证码不正确、已使用或已过期。", "The captcha's answer is wrong, or the captcha was already used or has expired."),
		Remedy: &clause.Remedy{Text: words("获取新的图形验证码。", "Get a new captcha."), Operation: "createCaptcha", Input: map[string]any{"purpose": "{purpose}"}}})
	CaptchaRequired = clause.Declare(clause.Refusal{Code: "CAPTCHA_REQUIRED", Clause: "1.1",
		Text:   words("多次失败后，登录需要图形验证码。", "After several failed tries a captcha is required to sign in."),
		Remedy: &clause.Remedy{Text: words("获取图形验证码并随登录提交。", "Get a captcha and send its answer along."), Operation: "createCaptcha", Input: map[string]any{"purpose": "SIGN_IN"}}})
	CaptchaKindUnavailable = clause.Declare(clause.Refusal{Code: "CAPTCHA_KIND_UNAVAILABLE", Clause: "1.1",
		Text:   words("当前不提供这种人机验证。", "This kind of captcha is not available."),
		Remedy: &clause.Remedy{Text: words("获取另一种人机验证。", "Get a captcha of the kind that is offered."), Operation: "createCaptcha", Input: map[string]any{"purpose": "{purpose}", "kind": "{kind}"}}})
	CodeLimit = clause.Declare(clause.Refusal{Code: "CODE_LIMIT", Clause: "1.1",
		Text:   words("验证码发送过于频繁，请在 {retryAfter} 秒后重试。", "Too many codes were requested; try again in {retryAfter} seconds."),
		Remedy: &clause.Remedy{Text: words("等待后重试。", "Wait, then ask again."), Operation: "requestPhoneCode"}})
	CodeWrong = clause.Declare(clause.Refusal{Code: "CODE_WRONG", Clause: "1.1",
		Text:   words("验证码不正确、已使用或已过期。", "The code is wrong, was already used, or has expired."),
		Remedy: &clause.Remedy{Text: words("重新核对，或获取新的验证码。", "Look again, or ask for a new code."), Operation: "requestPhoneCode", Input: map[string]any{"phone": "{phone}", "purpose": "{purpose}"}}})
	PasswordWeak = clause.Declare(clause.Refusal{Code: "PASSWORD_WEAK", Clause: "1.4",
		Text:   words("密码强度不足：需 {shortest} 至 {longest} 个字符，且不易被猜到。", "The password is too weak: it needs {shortest} to {longest} characters and must not be easy to guess."),
		Remedy: &clause.Remedy{Text: words("使用几个不相关的词，或密码管理器生成的密码。", "Use several unrelated words, or what a password manager makes.")}})
	PasswordReused = clause.Declare(clause.Refusal{Code: "PASSWORD_REUSED", Clause: "1.4",
		Text:   words("新密码与当前密码相同。", "The new password is the same as the present one."),
		Remedy: &clause.Remedy{Text: words("选择另一个密码。", "Choose another.")}})
	PhoneRegistered = clause.Declare(clause.Refusal{Code: "PHONE_REGISTERED", Clause: "1.1",
		Text:   words("该号码已注册。", "The number is already registered."),
		Remedy: &clause.Remedy{Text: words("直接登录；忘记密码可重设。", "Sign in; a forgotten password can be reset."), Operation: "signIn", Input: map[string]any{"login": "{phone}"}}})
	PhoneNotRegistered = clause.Declare(clause.Refusal{Code: "PHONE_NOT_REGISTERED", Clause: "1.1",
		Text:   words("该号码尚未注册。", "The number is not registered."),
		Remedy: &clause.Remedy{Text: words("注册。", "Register."), Operation: "register", Input: map[string]any{"phone": "{phone}"}}})
	SignInFailed = clause.Declare(clause.Refusal{Code: "SIGN_IN_FAILED", Clause: "1.4",
		Text:   words("登录名或密码不正确。", "The login or the password is wrong."),
		Remedy: &clause.Remedy{Text: words("重新核对，或重设密码。", "Look again, or reset the password."), Operation: "resetPassword"}})
	SignInDelayed = clause.Declare(clause.Refusal{Code: "SIGN_IN_DELAYED", Clause: "1.4",
		Text:   words("登录失败次数过多，请在 {retryAfter} 秒后重试。", "There were too many failed sign-ins; try again in {retryAfter} seconds."),
		Remedy: &clause.Remedy{Text: words("等待后重试；或先获取图形验证码，用短信验证码重设密码。", "Wait, then try again; or reset the password by a code to the phone, for which a captcha comes first."), Operation: "createCaptcha", Input: map[string]any{"purpose": "RESET_PASSWORD"}}})
	FirstPasswordEnded = clause.Declare(clause.Refusal{Code: "FIRST_PASSWORD_ENDED", Clause: "1.4",
		Text:   words("初始密码已使用过，或已超过 24 小时，不再有效。", "A first password is valid for one sign-in within 24 hours; this one is no longer valid."),
		Remedy: &clause.Remedy{Text: words("先获取图形验证码，用短信验证码设置自己的密码。", "Set a password of your own by a code to the phone, for which a captcha comes first."), Operation: "createCaptcha", Input: map[string]any{"purpose": "RESET_PASSWORD"}}})
	RefreshInvalid = clause.Declare(clause.Refusal{Code: "REFRESH_INVALID", Clause: "1.4",
		Text:   words("刷新令牌无效、已过期，或其会话已结束。", "The refresh token is unknown or has expired, or its session has ended."),
		Remedy: &clause.Remedy{Text: words("重新登录。", "Sign in again."), Operation: "signIn"}})
	RefreshReused = clause.Declare(clause.Refusal{Code: "REFRESH_REUSED", Clause: "1.4",
		Text:   words("刷新令牌被再次使用，为保护账户，该会话已结束。", "The refresh token was used a second time; to protect the account, its session was ended."),
		Remedy: &clause.Remedy{Text: words("重新登录；如非本人操作，请重设密码。", "Sign in again; if it was not you, reset the password."), Operation: "signIn"}})
	EmailTokenInvalid = clause.Declare(clause.Refusal{Code: "EMAIL_TOKEN_INVALID", Clause: "1.1",
		Text:   words("链接无效、已使用或已过期。", "The link is unknown, was already used, or has expired."),
		Remedy: &clause.Remedy{Text: words("登录后重新发送验证邮件。", "Sign in and have a new link sent."), Operation: "resendEmailVerification", Input: map[string]any{}}})
	EmailTaken = clause.Declare(clause.Refusal{Code: "EMAIL_TAKEN", Clause: "1.1",
		Text:   words("该邮箱已由另一登录验证。", "The address was already verified by another person."),
		Remedy: &clause.Remedy{Text: words("使用另一个邮箱地址，或用该邮箱登录。", "Use another address, or sign in with this one."), Operation: "signIn"}})
	CurrentPasswordWrong = clause.Declare(clause.Refusal{Code: "CURRENT_PASSWORD_WRONG", Clause: "1.4",
		Text:   words("当前密码不正确。", "The present password is wrong."),
		Remedy: &clause.Remedy{Text: words("重新核对；忘记密码可重设。", "Look again; a forgotten password can be reset."), Operation: "resetPassword"}})
	TriesExceeded = clause.Declare(clause.Refusal{Code: "TRIES_EXCEEDED", Clause: "1.4",
		Text:   words("错误次数过多，请在 {retryAfter} 秒后重试。", "There were too many wrong tries; try again in {retryAfter} seconds."),
		Remedy: &clause.Remedy{Text: words("等待 {retryAfter} 秒后重试。", "Wait for {retryAfter} seconds, then try again.")}})
	EmailLinkLimit = clause.Declare(clause.Refusal{Code: "EMAIL_LINK_LIMIT", Clause: "1.1",
		Text:   words("验证邮件发送过于频繁，请在 {retryAfter} 秒后重试。", "Too many links were requested; try again in {retryAfter} seconds."),
		Remedy: &clause.Remedy{Text: words("使用已收到的链接，或在 {retryAfter} 秒后重试。", "Use a link that has arrived, or ask again in {retryAfter} seconds."), Operation: "resendEmailVerification", Input: map[string]any{}}})
)
