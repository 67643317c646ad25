package clause_test

import (
	"testing"

	"portico/clause"
)

func TestATextAmongTheParametersNamesTheOthers(t *testing.T) {
	r := clause.Invalid.With("detail", clause.Text{ZH: "最多 {most} 个,{detail}", EN: "at most {most}, {detail}"}).With("most", 7)
	if got := r.Message(clause.EN); got != "The value is not valid: at most 7, {detail}" {
		t.Error(got)
	}
}
