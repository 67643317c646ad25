package command

import "portico/clause"

// StepUpRequired: what is asked for needs a fresh second factor, by the law or by
// the person's grants (1.4, 1.5).
var StepUpRequired = clause.Declare(clause.Refusal{Code: "STEP_UP_REQUIRED", Clause: "1.5",
	Text: clause.Text{ZH: "该操作要求先重新完成二次验证。", EN: "This requires a fresh second factor."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请完成二次验证后重试。", EN: "Verify a second factor, then try again."},
		Operation: "stepUp", Input: map[string]any{}}})
