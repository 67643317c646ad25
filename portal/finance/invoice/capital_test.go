package invoice_test

import (
	"math"
	"testing"

	"portico/money"
	"portico/portal/finance/invoice"
)

func TestAmountsInCapitals(t *testing.T) {
	for minor, want := range map[int64]string{
		0: "零元整", 1: "壹分", 5: "伍分", 10: "壹角整", 55: "伍角伍分", 100: "壹元整", 105: "壹元零伍分", 150: "壹元伍角整",
		1000: "壹拾元整", 1001: "壹拾元零壹分", 13778: "壹佰叁拾柒元柒角捌分", 140950: "壹仟肆佰零玖元伍角整",
		200000: "贰仟元整", 600714: "陆仟零柒元壹角肆分", 168032: "壹仟陆佰捌拾元叁角贰分", 213778: "贰仟壹佰叁拾柒元柒角捌分",
		1000000: "壹万元整", 1000100: "壹万零壹元整", 1010000: "壹万零壹佰元整", 1100000: "壹万壹仟元整", 10700053: "壹拾万柒仟元伍角叁分",
		10050000: "壹拾万零伍佰元整", 100000000: "壹佰万元整", 10001000101: "壹亿零壹万零壹元零壹分", 10000000000: "壹亿元整",
		10000000100: "壹亿零壹元整", 100000000000000: "壹万亿元整", 1000000000000000000: "壹亿亿元整",
		12345678901234: "壹仟贰佰叁拾肆亿伍仟陆佰柒拾捌万玖仟零壹拾贰元叁角肆分",
		-13778:         "负壹佰叁拾柒元柒角捌分", math.MinInt64: "负玖亿贰仟贰佰叁拾叁万柒仟贰佰零叁亿陆仟捌佰伍拾肆万柒仟柒佰伍拾捌元零捌分",
	} {
		if got := invoice.Capital(money.New(minor, money.CNY)); got != want {
			t.Errorf("%d is %s, want %s", minor, got, want)
		}
	}
	if got := invoice.Capital(money.New(100, "USD")); got != "" {
		t.Errorf("dollars have no capitals: %s", got)
	}
}
