package authz

import (
	"slices"

	"portico/clause"
)

// SecondFactorRequired: the account, or the provider of its operator, requires a second
// factor of a person that has none.
var SecondFactorRequired = clause.Declare(clause.Refusal{Code: "SECOND_FACTOR_REQUIRED", Clause: "1.5",
	Text: clause.Text{ZH: "您须先设置二次验证。", EN: "A second factor is required of you, and you have none."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "添加验证器应用或通行密钥，之后即可继续。", EN: "Add an authenticator app or a passkey. Then you can go on."},
		Operation: "addTotp", Input: map[string]any{}}})

// APIKeyForbidden: an API key doesn't do what a person must do (1.5). It carries the
// permission, unless what is asked for is about the person itself.
var APIKeyForbidden = clause.Declare(clause.Refusal{Code: "API_KEY_FORBIDDEN", Clause: "1.5",
	Text: clause.Text{ZH: "API 密钥不能进行此操作。", EN: "An API key cannot do this."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请由有此权限的人员登录后进行。",
		EN: "A person who has the permission signs in and does it."}}})

// forbidKey returns the refusal of an API key that doesn't hold a permission.
func forbidKey(p *Principal, perm Permission) clause.Refusal {
	if ref, never := Law().KeyNever(perm); never {
		return APIKeyForbidden.By(ref).With("permission", perm.Enum())
	}
	if p.Withholds(perm) {
		return words(APIKeyForbidden.With("permission", perm.Enum()), "账户要求密钥的所有者设置二次验证；请所有者登录后添加。",
			"The account requires a second factor of the owner of the key, who has none. The owner signs in and adds one.")
	}
	return words(clause.Forbidden.With("permission", perm.Enum()), "请使用含此权限的 API 密钥；密钥的所有者须仍持有该权限。",
		"Use an API key that has the permission, and whose owner still holds it.")
}

// Forbid returns FORBIDDEN for a principal that doesn't hold a permission, or
// [SecondFactorRequired] if it is withheld for want of a second factor. The
// remedy depends on the principal: only a person who works for a customer is
// sent to the account's administrators, and only for permissions that these can
// give.
func Forbid(p *Principal, perm Permission) clause.Refusal {
	r := clause.Forbidden.With("permission", perm.Enum())
	customers := Law().Role(ownerRole).Has(perm)
	switch {
	case p == nil || p.Kind == Visitor:
		return clause.Unauthenticated
	case p.Kind == APIKey && customers:
		return forbidKey(p, perm)
	case p.Withholds(perm):
		return SecondFactorRequired
	case p.Kind == Key:
		return words(r, "请改用其角色含此权限的服务凭据；其余操作由人员登录后进行。",
			"Use a service credential whose role has it. Anything else must be done by a person who is signed in.")
	case p.IsOperator() && customers && !provides(perm):
		return words(r, "此操作由客户账户的员工自行完成，运营人员不能代办。",
			"Only the staff of the customer's account can do this; operators can't do it for them.")
	case p.IsOperator():
		return words(r, "请平台管理员为您授予含此权限的运营角色。",
			"Ask the administrator of the installation for an operator role that has it.")
	case !customers:
		return words(r, "此操作只由服务商的运营人员进行；如有需要，请联系我们。",
			"Only the provider's operators can do this; contact us if you need it.")
	case len(p.Grants) == 0:
		return words(r, "您尚未在任何账户任职：请注册账户，或接受账户的邀请。",
			"You don't belong to any account yet: register one, or accept an invitation to one.")
	}
	return r // the declared remedy: an administrator of the account
}

func words(r clause.Refusal, zh, en string) clause.Refusal {
	return r.Lift(clause.Remedy{Text: clause.Text{ZH: zh, EN: en}})
}

// provides reports whether a role of the provider has a permission. Such a role
// has at least one permission that no role of an account has.
func provides(perm Permission) bool {
	owner := Law().Role(ownerRole)
	return slices.ContainsFunc(Law().Roles(), func(code string) bool {
		role := Law().Role(code)
		return role.Has(perm) && !owner.Covers(role)
	})
}
