package invoice

import "portico/money"

// digits are the numerals that can't be altered into one another on paper.
var digits = []rune("零壹贰叁肆伍陆柒捌玖")

// places are the powers of ten that have their own word, the largest first.
var places = []struct {
	value uint64
	word  string
}{{100_000_000, "亿"}, {10_000, "万"}, {1000, "仟"}, {100, "佰"}, {10, "拾"}}

// Capital writes an amount of yuan in capital figures (人民币大写), as invoices and
// banks require: 贰仟元整, 壹佰叁拾柒元柒角捌分. It is exact. It returns an empty text for
// any currency but CNY.
func Capital(a money.Amount) string {
	if a.Currency() != money.CNY {
		return ""
	}
	minor, text := uint64(a.Minor()), ""
	if a.Minor() < 0 {
		minor, text = -minor, "负"
	}
	yuan, jiao, fen := minor/100, minor/10%10, minor%10
	if yuan > 0 || minor == 0 {
		text += capital(yuan) + "元"
	}
	switch {
	case jiao > 0:
		text += string(digits[jiao]) + "角"
	case fen > 0 && yuan > 0:
		text += "零"
	}
	if fen > 0 {
		return text + string(digits[fen]) + "分"
	}
	return text + "整"
}

func capital(n uint64) string {
	for _, p := range places {
		if n < p.value {
			continue
		}
		text, rest := capital(n/p.value)+p.word, n%p.value
		switch {
		case rest == 0:
			return text
		case rest < p.value/10:
			return text + "零" + capital(rest)
		}
		return text + capital(rest)
	}
	return string(digits[n])
}
