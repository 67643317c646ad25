package command

import "portico/clause"

// StepUpRequired: the role asks for a fresh second factor (1.5).
var StepUpRequired = clause.Declare(clause.Refusal{Code: "STEP_UP_REQUIRED", Clause: "1.5",
	Text:   clause.Text{ZH: "您的角色要求先重新验证第二因素。", EN: "Your role requires a recent second-factor check."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "用第二因素验证后重试。", EN: "Prove a second factor, then send it again."}}})
