package staff

import "portico/clause"

// OwnerExists: an account always has exactly one active owner (1.5).
var OwnerExists = clause.Declare(clause.Refusal{Code: "OWNER_EXISTS", Clause: "1.5",
	Text:   clause.Text{ZH: "该账户已有所有者；一个账户始终只有一名所有者。", EN: "The account has an owner already; it always has exactly one."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "所有者只能通过已执行的三方协议变更（第一章第4条）。", EN: "The owner changes only by an executed three-party agreement (1.4)."}}})
