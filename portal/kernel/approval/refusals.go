package approval

import "portico/clause"

var (
	// WaitsForApproval: nothing but an approval stands in the way of a command, and
	// one was asked for (1.5). It has the clause of the refusal that an approval
	// lifts, and carries that refusal's code, the approval and its end.
	WaitsForApproval = clause.Declare(clause.Refusal{Code: "WAITS_FOR_APPROVAL", Clause: "1.5",
		Text: clause.Text{ZH: "此操作须经他人批准（{refusedCode}），批准申请已提交，{expiresAt} 前有效。",
			EN: "This needs somebody else's approval ({refusedCode}). The approval was asked for and can be given until {expiresAt}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请有审批权限的同事在截止前批准；批准后此操作自动执行，无需重新提交。",
			EN: "A colleague with the permission to decide approves it in time. It is then done by itself; don't send it again."}},
		Carries: []string{"approvalId"}})
	// OwnApproval: the person that asked never decides (1.5).
	OwnApproval = clause.Declare(clause.Refusal{Code: "OWN_APPROVAL", Clause: "1.5",
		Text:   clause.Text{ZH: "申请人不能审批自己的申请。", EN: "The person that asked for an approval cannot decide it."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请另一位有审批权限的同事处理。", EN: "Another person with the permission decides it."}}})
	// ApprovalAboveLimit: who approves must be allowed to spend what it approves, by a
	// grant without a monthly limit (1.5).
	ApprovalAboveLimit = clause.Declare(clause.Refusal{Code: "APPROVAL_ABOVE_LIMIT", Clause: "1.5",
		Text:   clause.Text{ZH: "申请的金额超出您的单笔限额，或您的授权设有每月限额。", EN: "The amount is above your own limit, or your grant has a monthly limit."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请由限额足够且无每月限额的同事审批。", EN: "A colleague with a sufficient limit, and without a monthly one, decides it."}}})
	// ApprovalsTooOften: colleagues are told of each approval (5.4). It carries the
	// limit.
	ApprovalsTooOften = clause.Declare(clause.Refusal{Code: "APPROVALS_TOO_OFTEN", Clause: "5.4",
		Text:   clause.Text{ZH: "24 小时内提交的批准申请过多：最多 {limit} 个。", EN: "Too many approvals were asked for in 24 hours: at most {limit} are possible."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请稍后再申请。", EN: "Ask again later."}}})
	// ApprovalNotNeeded: an approval is asked for only where nothing else stands in the
	// way of a command (1.5).
	ApprovalNotNeeded = clause.Declare(clause.Refusal{Code: "APPROVAL_NOT_NEEDED", Clause: "1.5",
		Text:   clause.Text{ZH: "此操作无需批准，因此没有提交申请。", EN: "This needs no approval, so none was asked for."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请直接执行该操作。", EN: "Send the command itself."}}})
	// ApprovalExpired: an approval can be decided for a limited time (1.5).
	ApprovalExpired = clause.Declare(clause.Refusal{Code: "APPROVAL_EXPIRED", Clause: "1.5",
		Text:   clause.Text{ZH: "该批准申请已于 {expiresAt} 过期。", EN: "The approval expired at {expiresAt}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "请申请人重新提交该操作。", EN: "The person that asked sends the command again."}}})
	// ApprovalDecided: a decision stays (1.5). It carries the status.
	ApprovalDecided = clause.Declare(clause.Refusal{Code: "APPROVAL_DECIDED", Clause: "1.5",
		Text:   clause.Text{ZH: "该批准申请已处理，状态为 {status}。", EN: "The approval is no longer open; its status is {status}."},
		Remedy: &clause.Remedy{Text: clause.Text{ZH: "无需再处理；如仍需执行，请申请人重新提交该操作。", EN: "Nothing is left to decide. If the command is still wanted, the person that asked sends it again."}}})
)
