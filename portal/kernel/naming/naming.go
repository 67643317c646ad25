// Package naming refuses text that is not a name: too long, invisible, or a web
// address, e-mail address or phone number.
package naming

import (
	"fmt"

	"portico/clause"
	"portico/text"
)

// Most is how long a name may be, in characters.
const Most = 200

// NameLikeAddress: a name that other people see may not carry an address.
var NameLikeAddress = clause.Declare(clause.Refusal{Code: "NAME_LIKE_ADDRESS", Clause: "1.1",
	Text: clause.Text{ZH: "名称中不得含有网址、域名、邮箱、电话号码或【】。",
		EN: "A name cannot contain a link, a domain, an e-mail address, a phone number, or the brackets 【】."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请只填写名称。主体的登记名称请在主体认证中填写，由人工审核。",
		EN: "Enter the name only. Enter the registered name of a legal entity in its verification, which a person reviews."}}})

// Of returns a name that other people see, as it is kept. Refusals, at the
// field: INVALID_INPUT unless it has 1 to [Most] characters and a letter or
// digit among them; [NameLikeAddress].
func Of(field, s string) (string, error) {
	name, err := Registered(field, s)
	if err == nil && text.AddressLike(name) {
		return "", NameLikeAddress.At(field)
	}
	return name, err
}

// Registered returns a name from a register, which a person reviews before it
// counts: there are companies called 58.com. Refusals as of [Of], except
// NameLikeAddress.
func Registered(field, s string) (string, error) {
	name := text.Clean(s)
	if !text.Named(name, Most) {
		return "", clause.InvalidField(field, fmt.Sprintf("名称须有 1 至 %d 个字符，其中至少一个字母、汉字或数字", Most), fmt.Sprintf("must have 1 to %d characters, with at least one letter or digit", Most))
	}
	return name, nil
}
