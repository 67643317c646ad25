package account

import "portico/clause"

// The refusals that only registration has.
var (
	CapacityNotDeclared = clause.Declare(clause.Refusal{Code: "CAPACITY_NOT_DECLARED", Clause: "1.2",
		Text:   clause.Text{ZH: "您须声明具备完全民事行为能力。", EN: "You must declare that you have full civil capacity."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请勾选该声明后重试。", EN: "Make the declaration, then try again."}, Operation: "register", Input: map[string]any{"declaresFullCapacity": true}}})
	ExportNotDeclared = clause.Declare(clause.Refusal{Code: "EXPORT_NOT_DECLARED", Clause: "8",
		Text:   clause.Text{ZH: "您须作出出口管制合规声明。", EN: "You must declare compliance with export control."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请勾选该声明后重试。", EN: "Make the declaration, then try again."}, Operation: "register", Input: map[string]any{"exportDeclaration": true}}})
)
