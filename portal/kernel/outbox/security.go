package outbox

import (
	"fmt"
	"net/netip"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db/message"
)

// security returns a mail to a person about its own credentials, sent on the
// provider's initiative. It holds fixed words and an instant.
func security(to, personID, subject, zh, en string, at time.Time) Message {
	return Message{Channel: message.ChannelEMAIL, To: to, Person: personID, Subject: subject,
		Body: fmt.Sprintf("%s\n%s\n\n时间 Time: %s UTC\n", zh, en, at.UTC().Format(time.DateTime))}
}

// PasswordChangedMail returns the mail about a new password.
func PasswordChangedMail(to, personID string, at time.Time) Message {
	return security(to, personID, "密码已更改 Your password was changed",
		"您的登录密码已更改，其他会话已结束。如非本人操作，请立即用发送到手机的验证码重设密码。",
		"Your password was changed, and your other sessions have ended. If this was not you, reset the password at once with a code sent to your phone.", at)
}

// PhoneChangedMail returns the mail about a new phone number.
func PhoneChangedMail(to, personID string, at time.Time) Message {
	return security(to, personID, "登录手机号已更改 Your phone number was changed",
		"您的登录手机号已更改，其他会话已结束。如非本人操作，请立即联系客服。",
		"The phone number of your login was changed, and your other sessions have ended. If this was not you, contact support at once.", at)
}

// EmailChangedMail returns the mail to the address that a person signs in with
// from now on.
func EmailChangedMail(to, personID string, at time.Time) Message {
	return security(to, personID, "登录邮箱已更改 Your e-mail address was changed",
		"您的登录邮箱已更改。如非本人操作，请立即用发送到手机的验证码重设密码。",
		"The e-mail address of your login was changed. If this was not you, reset the password at once with a code sent to your phone.", at)
}

// SignInMail returns the mail about a sign-in from a network, or with a kind of
// client, that is new.
func SignInMail(to, personID string, at time.Time, from netip.Addr) Message {
	m := security(to, personID, "新的登录 New sign-in",
		"您的账号从未曾登录过的网络或设备登录。如为本人操作，无需处理；否则请立即重设密码，并结束其他会话。",
		"There was a sign-in to your login from a network or device that it was not used on before. If this was you, there is nothing to do. If not, reset the password at once and end the other sessions.", at)
	if from.IsValid() {
		m.Body += "网络地址 Network address: " + from.WithZone("").String() + "\n"
	}
	return m
}

// KeyChange is what happened to an API key of a person.
type KeyChange int

// The changes.
const (
	// KeyCreated: a key was created.
	KeyCreated KeyChange = iota
	// KeyRotated: a key got another secret.
	KeyRotated
)

// keyTexts are the subject and the two sentences of each change.
var keyTexts = map[KeyChange]struct{ subject, zh, en string }{
	KeyCreated: {"已创建 API 密钥 API key created", "您的登录刚刚创建了一个 API 密钥，持有该密钥的程序可以您的身份操作。",
		"An API key was just created with your login. A program that has it can act for you."},
	KeyRotated: {"已轮换 API 密钥 API key rotated", "您的一个 API 密钥刚刚更换了密文。", "One of your API keys was just given another secret."},
}

// KeyMail returns the mail that tells a person of a change of its API keys (1.4).
func KeyMail(to, personID string, what KeyChange, at time.Time) Message {
	t := keyTexts[what]
	return security(to, personID, t.subject, t.zh+"如非本人操作，请立即重设密码、撤销该密钥并联系我们。",
		t.en+" If this was not you, reset your password at once, revoke the key and contact us.", at)
}

// UndoEmailMail returns the mail to the address that a person had verified, once
// another has taken its place. Its link undoes the change.
func UndoEmailMail(s *ent.Store, to, token string) Message {
	days := clause.Standard(clause.EmailUndoDays).Int()
	return Message{Channel: message.ChannelEMAIL, To: to, Proves: true, Token: token,
		Subject: "登录邮箱已更改 Your e-mail address was changed",
		Body: fmt.Sprintf("您的登录邮箱已更改，此邮箱不再用于登录。如非本人操作，请在 %d 天内打开以下链接撤销更改，所有会话将随之结束；然后请重设密码。\n"+
			"The e-mail address of your login was changed; this one is no longer used. If this was not you, open this link within %d days to undo the change. All sessions end then. Reset the password afterwards.\n\n", days, days) +
			Link(s, UndoEmailPage, token) + "\n\n" + byHand(token)}
}

// ApprovalNews is what happened to an approval.
type ApprovalNews int

// What people are told of an approval.
const (
	// ApprovalAsked: it waits for a decision.
	ApprovalAsked ApprovalNews = iota
	// ApprovalRejected: it was rejected.
	ApprovalRejected
	// ApprovalExpired: nobody decided in time.
	ApprovalExpired
	// ApprovalDone: it was given, and the command was done.
	ApprovalDone
	// ApprovalRefused: it was given, and the command was refused.
	ApprovalRefused
)

// approvalTexts are the subject and the two sentences of each.
var approvalTexts = map[ApprovalNews]struct{ subject, zh, en string }{
	ApprovalAsked:    {"有待审批的申请 An approval waits for you", "您的同事提交了一项需要审批的操作，请登录后处理。", "A colleague asks for an approval that you may give. Sign in to decide."},
	ApprovalRejected: {"申请未获批准 Your request was rejected", "您提交的审批申请已被拒绝，请登录后查看理由。", "The approval that you asked for was rejected. Sign in to read the reason."},
	ApprovalExpired:  {"审批申请已过期 Your request expired", "您提交的审批申请在有效期内未获处理，已过期。", "Nobody decided in time about the approval that you asked for."},
	ApprovalDone:     {"申请已批准并完成 Your request was approved", "您提交的审批申请已获批准，操作已完成。", "The approval that you asked for was given, and what you asked for was done."},
	ApprovalRefused:  {"申请已批准但未能完成 Your request could not be done", "您提交的审批申请已获批准，但操作未能完成，请登录后查看原因。", "The approval that you asked for was given, but what you asked for could not be done. Sign in to see why."},
}

// ApprovalMail returns the mail about an approval on an account, which it names by
// its number (1.5).
func ApprovalMail(to, personID string, news ApprovalNews, accountNumber string, expires time.Time) Message {
	t := approvalTexts[news]
	return Message{Channel: message.ChannelEMAIL, To: to, Person: personID, Subject: t.subject,
		Body: fmt.Sprintf("%s\n%s\n\n账户编号 Account number: %s\n有效期至 Can be decided until: %s UTC\n", t.zh, t.en, accountNumber, expires.UTC().Format(time.DateTime))}
}

// SuspensionMail returns the mail that tells a person that its work on an account,
// named by its number, was suspended, or goes on (1.5).
func SuspensionMail(to, personID string, suspended bool, accountNumber string, at time.Time) Message {
	subject, zh, en := "账户访问已恢复 Your access was restored", "您在以下账户的权限已恢复。", "You can work on this account again."
	if suspended {
		subject, zh, en = "账户访问已暂停 Your access was suspended", "您在以下账户的权限已被暂停，所有登录已退出。如有疑问，请联系该账户的管理员。",
			"Your work on this account was suspended, and your sessions have ended. If you have questions, ask an administrator of the account."
	}
	m := security(to, personID, subject, zh, en, at)
	m.Body += "账户编号 Account number: " + accountNumber + "\n"
	return m
}

// OwnershipNews is what happened to an offer of the ownership of an account.
type OwnershipNews int

// What people are told of an offer of the ownership.
const (
	// OwnershipOffered: an employee may become the owner.
	OwnershipOffered OwnershipNews = iota
	// OwnershipPassed: the employee is the owner now, and the owner before an
	// administrator.
	OwnershipPassed
	// OwnershipDeclined: the employee declined.
	OwnershipDeclined
	// OwnershipWithdrawn: the owner withdrew the offer.
	OwnershipWithdrawn
	// OwnershipVoid: the employee left or was suspended.
	OwnershipVoid
)

// ownershipTexts are the subject and the two sentences of each.
var ownershipTexts = map[OwnershipNews]struct{ subject, zh, en string }{
	OwnershipOffered: {"账户所有权移交 The ownership of an account is offered to you", "以下账户的所有者拟将所有权移交给您，请登录并完成二次验证后接受或拒绝。",
		"The owner of this account offers you its ownership. Sign in, verify a second factor, and accept or decline it."},
	OwnershipPassed: {"账户所有权已移交 The ownership of an account has passed", "以下账户的所有权已移交给新的所有者，原所有者现为管理员。如非本人操作，请立即联系客服。",
		"The ownership of this account has passed to its new owner; the former owner is an administrator now. If this was not you, contact support at once."},
	OwnershipDeclined:  {"账户所有权移交被拒绝 Your offer of the ownership was declined", "您发起的账户所有权移交已被对方拒绝。", "The employee declined the ownership that you offered."},
	OwnershipWithdrawn: {"账户所有权移交已撤回 The offer of the ownership was withdrawn", "所有者已撤回对您的账户所有权移交。", "The owner withdrew the offer of the ownership of this account."},
	OwnershipVoid: {"账户所有权移交已失效 Your offer of the ownership is void", "您发起的账户所有权移交已失效：对方已离职或被暂停。",
		"The ownership that you offered cannot be accepted any more: the employee left or was suspended."},
}

// OwnershipMail returns the mail about an offer of the ownership of an account, which it
// names by its number (1.5).
func OwnershipMail(to, personID string, news OwnershipNews, accountNumber, offerID string, expires time.Time) Message {
	t := ownershipTexts[news]
	return Message{Channel: message.ChannelEMAIL, To: to, Person: personID, Subject: t.subject,
		Body: fmt.Sprintf("%s\n%s\n\n账户编号 Account number: %s\n移交编号 Offer: %s\n有效期至 Can be accepted until: %s UTC\n", t.zh, t.en, accountNumber, offerID, expires.UTC().Format(time.DateTime))}
}
