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
	// Accepted: what was accepted binds; who wants to stop closes its services.
	Accepted = clause.Declare(clause.Refusal{Code: "TERMS_ACCEPTED", Clause: "0",
		Text:   clause.Text{ZH: "该版本已为此账户接受，不能再拒绝。", EN: "The version was already accepted for the account and can't be declined any more."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "如需停止使用，请关闭服务或删除应用。", EN: "To stop using the services, close them or delete the applications."}}})
	// FigureFixed: a signed agreement sets figures that a rule reads for the account.
	FigureFixed = clause.Declare(clause.Refusal{Code: "FIGURE_FIXED", Clause: "13.3",
		Text:   clause.Text{ZH: "参数 {figure} 不能按账户另行约定：它属于安全设置，或尚无规则按账户读取。", EN: "The figure {figure} can't be set for one account: it concerns security, or no rule reads it for a single account."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "只约定可以按账户执行的参数，参见 docs/operations.md。", EN: "Agree on figures that can be kept for one account only; docs/operations.md lists them."}}})
	// VersionTaken: what was published never changes.
	VersionTaken = clause.Declare(clause.Refusal{Code: "TERMS_VERSION_TAKEN", Clause: "0",
		Text:   clause.Text{ZH: "{kind} 的版本 {version} 已以不同内容发布。", EN: "Version {version} of {kind} was already published with another text."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "为修改后的文件使用新的版本号。", EN: "Give what was changed a version of its own."}}})
	// OutOfOrder: a version takes effect after those published before it.
	OutOfOrder = clause.Declare(clause.Refusal{Code: "TERMS_OUT_OF_ORDER", Clause: "0",
		Text:   clause.Text{ZH: "{kind} 的版本 {version} 须晚于已发布的版本生效（{after}）。", EN: "Version {version} of {kind} must take effect after the versions published before it ({after})."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "改为更晚的生效时间。", EN: "Give it a later effective date."}}})
)
