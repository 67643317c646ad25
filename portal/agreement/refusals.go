package agreement

import "portico/clause"

var (
	// NotCurrent: who registers accepts exactly the versions in force.
	NotCurrent = clause.Declare(clause.Refusal{Code: "TERMS_NOT_CURRENT", Clause: "0",
		Text:   clause.Text{ZH: "请接受每份协议文件的现行版本，且仅限现行版本。", EN: "Accept the version in force of every document of the agreement, and no other."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "查询每份文件的现行版本，阅读后接受。", EN: "Ask for the version in force of each document, read and accept it."}, Operation: "terms", Input: map[string]any{"kind": "{kind}"}}})
	// Superseded: a version that a later one has replaced can't be accepted.
	Superseded = clause.Declare(clause.Refusal{Code: "TERMS_SUPERSEDED", Clause: "0",
		Text:   clause.Text{ZH: "该版本已被更新的版本取代。", EN: "This version has been replaced by a later one."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "接受现行版本。", EN: "Accept the version in force."}, Operation: "acceptTerms", Input: map[string]any{"accountId": "{accountId}", "termsId": "{currentId}"}}})
	// VersionTaken: what was published never changes.
	VersionTaken = clause.Declare(clause.Refusal{Code: "TERMS_VERSION_TAKEN", Clause: "0",
		Text:   clause.Text{ZH: "{kind} 的版本 {version} 已以不同内容发布。", EN: "Version {version} of {kind} was published with other words."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "为修改后的文件使用新的版本号。", EN: "Give what was changed a version of its own."}}})
	// OutOfOrder: a version takes effect after those published before it.
	OutOfOrder = clause.Declare(clause.Refusal{Code: "TERMS_OUT_OF_ORDER", Clause: "0",
		Text:   clause.Text{ZH: "{kind} 的版本 {version} 须晚于已发布的版本生效（{after}）。", EN: "Version {version} of {kind} must take effect after the versions published before it ({after})."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "改为更晚的生效时间。", EN: "Give it a later effective date."}}})
)
