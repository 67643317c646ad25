package apikey

import "portico/clause"

func words(zh, en string) clause.Text { return clause.Text{ZH: zh, EN: en} }

// The refusals of apikey.
var (
	// ExceedsOwner: nobody gives what it doesn't hold (1.5). It carries the missing
	// permissions. A grant that asks for a fresh second factor gives a key nothing.
	ExceedsOwner = clause.Declare(clause.Refusal{Code: "API_KEY_EXCEEDS_OWNER", Clause: "1.5",
		Text: words("您自己在此范围内不持有这些权限，或其使用须先完成二次验证，因此密钥不能含有：{missing}。",
			"The key cannot have permissions that you do not hold in its scope yourself, or only after a fresh second factor: {missing}."),
		Remedy: &clause.Remedy{Text: words("请去掉这些权限，或将密钥限定于您持有这些权限的应用。",
			"Leave them out, or limit the key to the applications for which you hold them.")}})
	// OwnerLimit: an employee has a maximum number of live keys (5.4). It carries the
	// maximum.
	OwnerLimit = clause.Declare(clause.Refusal{Code: "API_KEY_OWNER_LIMIT", Clause: "5.4",
		Text:   words("您有效的 API 密钥已达上限（{most} 个）。", "You have the maximum number of live API keys ({most})."),
		Remedy: &clause.Remedy{Text: words("请先撤销不再使用的密钥。", "First revoke one that you no longer use."), Operation: "revokeApiKey", Input: map[string]any{}}})
	// AccountLimit: an account has a maximum number of live keys (5.4). It carries the
	// maximum.
	AccountLimit = clause.Declare(clause.Refusal{Code: "API_KEY_ACCOUNT_LIMIT", Clause: "5.4",
		Text:   words("该账户有效的 API 密钥已达上限（{most} 个）。", "The account has the maximum number of live API keys ({most})."),
		Remedy: &clause.Remedy{Text: words("请先撤销不再使用的密钥。", "First revoke one that is no longer used."), Operation: "revokeApiKey", Input: map[string]any{}}})
	// Ended: a key that has expired or was revoked doesn't come back (1.4).
	Ended = clause.Declare(clause.Refusal{Code: "API_KEY_ENDED", Clause: "1.4",
		Text:   words("该 API 密钥已过期或已撤销。", "The API key has expired or was revoked."),
		Remedy: &clause.Remedy{Text: words("如仍需使用，请创建新的密钥。", "If a key is still needed, create another one."), Operation: "createApiKey", Input: map[string]any{"accountId": "{accountId}"}}})
	// NotOwner: whoever gets the secret of a key acts as its owner, so nobody else gets
	// it (1.4); and only who may suspend the owner ends its keys (1.5).
	NotOwner = clause.Declare(clause.Refusal{Code: "API_KEY_NOT_OWN", Clause: "1.4",
		Text:   words("该 API 密钥属于其他员工。", "The API key belongs to another employee."),
		Remedy: &clause.Remedy{Text: words("密钥由其所有者轮换；撤销也可由有暂停员工权限的人员进行。", "Its owner rotates it. Its owner, or somebody who may suspend employees, revokes it.")}})
)
