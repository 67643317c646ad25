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
