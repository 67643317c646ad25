package command

import "portico/clause"

// StepUpRequired: the role requires a fresh second factor (1.5).
var StepUpRequired = clause.Declare(clause.Refusal{Code: "STEP_UP_REQUIRED", Clause: "1.5",
	Text:   clause.Text{ZH: "您的角色要求先重新完成二次验证。", EN: "Your role requires a fresh second factor for this."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请完成二次验证后重试。", EN: "Verify a second factor, then try again."}}})
