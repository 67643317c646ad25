// Package naming refuses what is no name: too long, nothing to see, or something
// to open, mail or call in the guise of a name.
package naming

import (
	"fmt"

	"portico/clause"
	"portico/text"
)

// Most is how long a name may be, in characters.
const Most = 200

// NameLikeAddress: a name that others get to see is nobody's way to write to
// them in our name.
var NameLikeAddress = clause.Declare(clause.Refusal{Code: "NAME_LIKE_ADDRESS", Clause: "1.1",
	Text: clause.Text{ZH: "名称中不得含有网址、域名、邮箱、电话号码或【】。",
		EN: "A name must not contain a link, a domain, an e-mail address, a phone number or the brackets 【】."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "只填写名称本身；主体的登记名称在实名认证中填写，由人工审核。",
		EN: "Write the name alone. The name under which a legal entity is registered belongs into its verification, which a person reviews."}}})

// Of is a name that others get to see, as it is kept. Refusals, at the field:
// INVALID_INPUT unless it has 1 to [Most] characters and a letter or digit among
// them, [NameLikeAddress].
func Of(field, s string) (string, error) {
	name, err := Registered(field, s)
	if err == nil && text.AddressLike(name) {
		return "", NameLikeAddress.At(field)
	}
	return name, err
}

// Registered is a name as a register has it, which a person reviews before it
// counts: companies are called 58.com. Refusals as of [Of], but for
// NameLikeAddress.
func Registered(field, s string) (string, error) {
	name := text.Clean(s)
	if !text.Named(name, Most) {
		return "", clause.InvalidField(field, fmt.Sprintf("名称须有 1 至 %d 个字符，其中至少一个字母、汉字或数字", Most), fmt.Sprintf("a name has 1 to %d characters, a letter or digit among them", Most))
	}
	return name, nil
}
