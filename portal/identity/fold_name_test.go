package identity_test

import (
	"testing"

	"portico/portal/identity"
)

func TestNamesAreComparedFolded(t *testing.T) {
	for _, same := range [][2]string{
		{"上海示例（中国）有限公司", "上海示例(中国)有限公司"},
		{"上海示例【中国】有限公司", " 上海示例 ［中国］ 有限公司　"},
		{"ＡＣＭＥ Ｌｔｄ", "acme ltd"},
		{"Acme\u200b Ltd\ufeff", "ACME LTD"},
		{"Straße GmbH", "STRASSE GMBH"},
	} {
		if identity.FoldName(same[0]) != identity.FoldName(same[1]) {
			t.Errorf("3.5: %q and %q differ: %q, %q", same[0], same[1], identity.FoldName(same[0]), identity.FoldName(same[1]))
		}
	}
	for _, other := range [][2]string{{"上海示例有限公司", "上海示例有限责任公司"}, {"Acme Ltd", "Acme Ltd."}, {"甲(乙)", "甲乙"}} {
		if identity.FoldName(other[0]) == identity.FoldName(other[1]) {
			t.Errorf("3.5: %q and %q are the same", other[0], other[1])
		}
	}
	if identity.FoldName(" \u200b　") != "" {
		t.Error("an invisible name is a name")
	}
}
