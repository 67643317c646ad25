package outbox

import (
	"errors"
	"fmt"
	"strings"

	"portico/clause"
	"portico/ent"
	"portico/ent/db/message"
)

// Short is the text of a short message. Only the functions of this file make
// one, from fixed words, digits, and our own links. It holds no text that a
// user wrote, since it is sent in the provider's name to any number (5.4).
type Short struct {
	purpose              message.Purpose
	subject, text        string
	code, token, problem string
}

// Text returns the text of the short message.
func (s Short) Text() string { return s.text }

// CodeText returns the short message that carries a code.
func CodeText(code string) Short {
	minutes := int(clause.Standard(clause.CodeLifetime).Duration().Minutes())
	return Short{purpose: message.PurposeCODE, subject: "code", code: code, problem: notDigits(code),
		text: fmt.Sprintf("【柏廊】验证码 %s，%d 分钟内有效。Your code is %s; it is valid for %d minutes.", code, minutes, code, minutes)}
}

// InvitationText returns the short message that invites a person to work on an
// account, which it names by its number.
func InvitationText(s *ent.Store, accountNumber, token string) Short {
	return Short{purpose: message.PurposeINVITATION, subject: "invitation", token: token, problem: notDigits(accountNumber),
		text: fmt.Sprintf("【柏廊】账户 %s 邀请您加入，最长七天有效：%s 如与您无关，请忽略。Account %s invites you to join it. The link is valid for at most seven days. If you did not expect this, ignore it.",
			accountNumber, Link(s, InvitationPage, token), accountNumber)}
}

// PasswordChangedText returns the short message about a new password.
func PasswordChangedText() Short {
	return notice("password changed", "【柏廊】您的登录密码已更改。如非本人操作，请立即用短信验证码重设密码。Your password was changed. If this was not you, reset it with a code to this number at once.")
}

// PhoneChangedText returns the short message to a number that a person no longer
// signs in with.
func PhoneChangedText() Short {
	return notice("phone changed", "【柏廊】您的登录手机号已更改，此号码不再用于登录。如非本人操作，请立即联系客服。The phone number of your login was changed; this one is no longer used. If this was not you, contact support at once.")
}

// EmailChangedText returns the short message about a new e-mail address.
func EmailChangedText() Short {
	return notice("e-mail changed", "【柏廊】您的登录邮箱已更改。如非本人操作，请立即用短信验证码重设密码。Your e-mail address was changed. If this was not you, reset the password with a code to this number at once.")
}

func notice(subject, text string) Short { return Short{subject: subject, text: text} }

func notDigits(s string) string {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return "outbox: a short message may hold only digits"
	}
	return ""
}

// SendText queues a short message to a number (E.164) in the caller's
// transaction. The refusal is RECIPIENT_LIMIT.
func SendText(tx *ent.Tx, to string, s Short) error {
	if s.text == "" || s.problem != "" {
		return errors.New("outbox: not a short message: " + s.problem)
	}
	return queue(tx, Message{Channel: message.ChannelSMS, To: to, Purpose: s.purpose, Subject: s.subject, Body: s.text,
		Code: s.code, Token: s.token})
}

// EmailLinkMail returns the mail whose link verifies an address.
func EmailLinkMail(s *ent.Store, to, token string) Message {
	return Message{Channel: message.ChannelEMAIL, To: to, Purpose: message.PurposeEMAIL_LINK, Proves: true, Token: token,
		Subject: "验证您的邮箱 Verify your e-mail address",
		Body: "请打开以下链接验证您的邮箱，三天内有效。如与您无关，请忽略。\n" +
			"Open this link to verify your e-mail address. It is valid for three days. If you did not expect this, ignore it.\n\n" +
			Link(s, EmailPage, token) + "\n\n" + byHand(token)}
}

// InvitationMail returns the mail that invites a person to work on an account.
// It names the account's number, and the registered name of its verified legal
// entity.
func InvitationMail(s *ent.Store, to, accountNumber, legalName, token string) Message {
	return Message{Channel: message.ChannelEMAIL, To: to, Purpose: message.PurposeINVITATION, Proves: true, Token: token,
		Subject: "邀请您加入账户 Invitation to work on an account",
		Body: "您收到一份加入柏廊账户的邀请，最长七天有效。如与您无关，请忽略。\n" +
			"You are invited to work on an account of Portico. The link is valid for at most seven days. If you did not expect this, ignore it.\n\n" +
			Link(s, InvitationPage, token) + "\n\n" +
			"账户编号 Account number: " + accountNumber + "\n已认证主体 Verified legal entity: " + legalName + "\n\n" + byHand(token)}
}

func byHand(token string) string {
	return "也可以手动输入以下令牌。\nYou can also enter this token by hand.\n\n" + token + "\n"
}

// FactorChange is what happened to a person's second factors.
type FactorChange int

// The changes.
const (
	// FactorAdded: a second factor was confirmed.
	FactorAdded FactorChange = iota
	// FactorRemoved: a second factor was removed.
	FactorRemoved
	// RecoveryCodeUsed: a recovery code was used in place of a factor.
	RecoveryCodeUsed
	// PasskeyCopied: the counter of a passkey didn't grow.
	PasskeyCopied
	// RecoveryCodesReplaced: all recovery codes were replaced.
	RecoveryCodesReplaced
)

// factorTexts are the subject and the two sentences of each change.
var factorTexts = map[FactorChange]struct{ subject, zh, en string }{
	FactorAdded:   {"已添加二次验证 Second factor added", "您的登录已添加一种二次验证方式，其他设备上的登录已退出。", "A second factor was added to your login. Your other sessions have ended."},
	FactorRemoved: {"已移除二次验证 Second factor removed", "您的登录已移除一种二次验证方式，其他设备上的登录已退出。", "A second factor was removed from your login. Your other sessions have ended."},
	PasskeyCopied: {"通行密钥可能已被复制 A passkey may have been copied", "您的一个通行密钥刚刚被拒绝：其计数器没有增加，可能有人复制了它。请移除该通行密钥并重新添加。",
		"One of your passkeys was just refused: its counter has not grown, so there may be a copy of it. Remove this passkey and add a new one."},
	RecoveryCodeUsed:      {"已使用恢复码 Recovery code used", "您的一个恢复码刚刚被使用，该恢复码已失效。", "One of your recovery codes was just used. It is no longer valid."},
	RecoveryCodesReplaced: {"已更换恢复码 Recovery codes replaced", "您的恢复码已全部更换，原有的恢复码已失效。", "All your recovery codes were replaced. The earlier ones are no longer valid."},
}

// FactorMail returns the mail that tells a person of a change of its second
// factors (1.4).
func FactorMail(to, personID string, what FactorChange) Message {
	t := factorTexts[what]
	return Message{Channel: message.ChannelEMAIL, To: to, Person: personID, Subject: t.subject,
		Body: t.zh + "如非本人操作，请立即重设密码并联系我们。\n" +
			t.en + " If this was not you, reset your password at once and contact us.\n"}
}
