package text_test

import (
	"strings"
	"testing"

	"portico/text"
)

func TestNamesAreComparedFolded(t *testing.T) {
	for _, same := range [][2]string{
		{"上海示例（中国）有限公司", "上海示例(中国)有限公司"},
		{"上海示例【中国】有限公司", " 上海示例 ［中国］ 有限公司　"},
		{"ＡＣＭＥ Ｌｔｄ", "acme ltd"},
		{"Acme\u200b Ltd\ufeff", "ACME LTD"},
		{"Straße GmbH", "STRASSE GMBH"},
		{"阿卜杜拉·买买提", "阿卜杜拉•买买提"},
		{"阿卜杜拉·买买提", "阿卜杜拉 ・ 买买提"},
		{"葛\U000e0100城公司", "葛城公司"},
		{"Cafe\u0301 Ltd", "Café Ltd"},
	} {
		if text.Fold(same[0]) != text.Fold(same[1]) {
			t.Errorf("3.5: %q and %q differ: %q, %q", same[0], same[1], text.Fold(same[0]), text.Fold(same[1]))
		}
	}
	for _, dot := range "\u00b7\u2022\u2027\u30fb\uff65\u0387\u22c5\u2219\u16eb\u2e31" {
		if got, want := text.Fold("北京"+string(dot)+"上海"), text.Fold("北京·上海"); got != want {
			t.Errorf("3.5: with U+%04X it is %q", dot, got)
		}
	}
	for _, other := range [][2]string{{"上海示例有限公司", "上海示例有限责任公司"}, {"Acme Ltd", "Acme Ltd."}, {"甲(乙)", "甲乙"}, {"北京·上海", "北京上海"}, {"𠮷野家", "吉野家"}} {
		if text.Fold(other[0]) == text.Fold(other[1]) {
			t.Errorf("3.5: %q and %q are the same", other[0], other[1])
		}
	}
}

// invisible are invisible characters of every kind.
const invisible = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u180b\u180e\u180f\u200b\u200d\u200e\u202e\u2060\u2066\u3164\ufe0f\ufeff\uffa0\ufff9\U000e0001\U000e0100\x00\x1b\x7f\u0085"

func TestInvisibleCharactersAreRemoved(t *testing.T) {
	for _, r := range invisible {
		for label, got := range map[string]string{"Clean": text.Clean("Acme" + string(r) + "Ltd"), "Plain": text.Plain("Acme" + string(r) + "Ltd"), "Fold": text.Fold("Acme" + string(r) + "Ltd")} {
			if strings.ReplaceAll(strings.ToLower(got), " ", "") != "acmeltd" {
				t.Errorf("%s keeps U+%04X: %q", label, r, got)
			}
		}
	}
	for _, nothing := range []string{"", " \u200b　", invisible, "\u2800", "\u0301", "···", "（）"} {
		if text.Named(text.Clean(nothing), 200) {
			t.Errorf("%q is a name", nothing)
		}
	}
}

func TestANameIsKeptAsItIsRegistered(t *testing.T) {
	for given, want := range map[string]string{
		"  小米之家（北京）　有限公司 ":    "小米之家（北京） 有限公司",
		"ＡＣＭＥ（中国）１２３":         "ACME（中国）123",
		"示例，公司：甲！":            "示例，公司：甲！",
		"A\tB\r\nC":           "A B C",
		"\ufa19\U0002f800":    "神丽",
		"\U0002c35b\u2014𠮷野家": "\U0002c35b\u2014𠮷野家",
	} {
		got := text.Clean(given)
		if given == "\ufa19\U0002f800" {
			want = "\u795e\u4e3d" // compatibility characters become the standard ones
		}
		if got != want || text.Clean(got) != got {
			t.Errorf("%q is kept as %q, want %q", given, got, want)
		}
	}
	if text.Named(strings.Repeat("𠮷", 201), 200) || !text.Named(strings.Repeat("𠮷", 200), 200) {
		t.Error("the bound is not 200 characters")
	}
}

func TestNamesOfTheWorldAreNoAddresses(t *testing.T) {
	for _, name := range []string{
		"小米之家（北京）科技有限公司", "中国石油天然气集团有限公司（集团）", "7-Eleven", "A.O. Smith", "Yahoo!", "北京·上海", "AT&T", "L'Oréal", "L’Oréal S.A.",
		"阿卜杜拉·买买提", "𠮷野家（上海）", "\U0002c35b记", "Toys \"R\" Us", "3M 中国有限公司", "360数科", "1688", "12306", "58同城", "51job", "S.p.A. Fiat", "Royal Dutch Shell N.V.",
		"Foo Co., Ltd.", "Foo Co.,Ltd", "Foo Co.Ltd", "Foo Inc.", "St.Gallen AG", "Dr. Martens", "E.ON SE", "U.S. Steel", "J.P. Morgan", "Procter & Gamble", "Node.js 演示", "Web 2.0",
		"9F/88 Studio", "2024-2025 春季", "Marks & Spencer plc", "Hong Kong Tourism", "上海浦东发展银行", "No.1 High School", "中移（杭州）信息技术", "京东方A", "TCL科技#1", "H&M Hennes & Mauritz AB",
		"Weißbier GmbH & Co. KG", "Łódź Sp. z o.o.", "ООО «Ромашка»", "株式会社ＡＢＣ", "مۇھەممەد", "Version 1.2.3", "20260302 回归",
		"Polka Dot Company", "Dot Communications", "零点公司", "Meet at Noon", "北京点点互动", "Acme (Dot) 3",
	} {
		if text.AddressLike(name) || !text.Named(text.Clean(name), 200) {
			t.Errorf("1.1: %q is refused", name)
		}
	}
}

func TestAddressesAreNoNames(t *testing.T) {
	for _, name := range []string{
		"【某银行】您的账户异常", "︻某银行︼", "某银行 http://evil.example/a", "ｈｔｔｐｓ：／／ｅｖｉｌ", "HTTP evil", "ht\u200btp://x", "www.evil", "ｗｗｗ．ｅｖｉｌ", "evil.com", "ｅｖｉｌ．ｃｏｍ",
		"evil。com", "点击evil.cn领取", "evil.com.cn", "58.com", "示例.公司", "evil.xn--fiqs8s", "a@b", "客服 someone@example.com", "10.0.0.1", "请致电 400-800-8888", "13800138000", "138 0013 8000",
		"+86 138 0013 8000", "１３８００１３８０００", "①③⑧⓪⓪①③⑧⓪⓪⓪", "一三八零零一三八零零零", "٠١٢٣٤٥٦٧٨٩", "evil .com", "ftp://x", "evil.io/a", "evil.top?x", "evil.com。", "bit.ly", "x.st/a", "请点 ｇｏｏ．ｇｌ／abc", "evil.zone:8443/x", "evil.loan", "evil.zone",
		"evil[.]com", "evil(.)cn", "evil [dot] com", "evil dot com", "evil（点）cn", "evil点com", "someone(at)example", "someone [@] example",
	} {
		if !text.AddressLike(name) {
			t.Errorf("1.1: %q is taken for a name", name)
		}
	}
}

func TestBytesAreReadByTheirCharset(t *testing.T) {
	gbk := "\xd3\xa6\xd3\xc3" // 应用
	for _, c := range []struct {
		bytes, charset, want string
		err                  error
	}{
		{gbk, "GBK", "应用", nil}, {gbk, "gb2312", "应用", nil}, {gbk, "GB18030", "应用", nil}, {"应用", "UTF-8", "应用", nil}, {"\ufeff应用", "", "应用", nil},
		{gbk, "UTF-8", "", text.ErrBytes}, {"\xff\xff", "GBK", "", text.ErrBytes}, {"应\ufffd", "UTF-8", "", text.ErrBytes}, {"a", "EBCDIC", "", text.ErrCharset},
		{"\x95\x32\x82\x36", "GB18030", "𠀀", nil},
	} {
		got, err := text.Decode([]byte(c.bytes), c.charset)
		if got != c.want || err != c.err {
			t.Errorf("%q in %s is %q, %v", c.bytes, c.charset, got, err)
		}
	}
	for _, file := range []string{gbk, "应用", "\ufeff应用"} {
		if got, err := text.DecodeFile([]byte(file)); got != "应用" || err != nil {
			t.Errorf("%q is %q, %v", file, got, err)
		}
	}
}

func TestPrintableIsASCIIWithinItsLength(t *testing.T) {
	for s, want := range map[string]bool{
		"A-1 (2026)": true, strings.Repeat("a", 100): true, strings.Repeat("a", 101): false,
		"": false, "协议": false, "a\tb": false, "a\x7f": false,
	} {
		if text.Printable(s, 100) != want {
			t.Errorf("13.3: %q: want %v", s, want)
		}
	}
}
