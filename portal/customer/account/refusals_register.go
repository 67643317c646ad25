package account

import "portico/clause"

// The refusals of registration that no other unit has.
var (
	CapacityNotDeclared = clause.Declare(clause.Refusal{Code: "CAPACITY_NOT_DECLARED", Clause: "1.2",
		Text:   clause.Text{ZH: "注册人须声明具备完全民事行为能力。", EN: "A registrant must declare full civil capacity."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "勾选该声明后重试。", EN: "Make the declaration, then send it again."}, Operation: "register", Input: map[string]any{"declaresFullCapacity": true}}})
	ExportNotDeclared = clause.Declare(clause.Refusal{Code: "EXPORT_NOT_DECLARED", Clause: "8",
		Text:   clause.Text{ZH: "注册人须作出出口管制合规声明。", EN: "A registrant must declare compliance with export control."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "勾选该声明后重试。", EN: "Make the declaration, then send it again."}, Operation: "register", Input: map[string]any{"exportDeclaration": true}}})
)
