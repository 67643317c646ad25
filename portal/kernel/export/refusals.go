package export

import "portico/clause"

func words(zh, en string) clause.Text { return clause.Text{ZH: zh, EN: en} }

// The refusals of export.
var (
	ExportLimit = clause.Declare(clause.Refusal{Code: "EXPORT_LIMIT", Clause: "5.4",
		Text:   words("您未过期的导出已达上限（{most} 个）。", "You have the maximum number of exports that have not expired ({most})."),
		Remedy: &clause.Remedy{Text: words("请下载已有的导出，或在其过期（创建后 24 小时）后再试。", "Download one that you have, or try again when one has expired, 24 hours after it was created.")}})
	ExportTooLarge = clause.Declare(clause.Refusal{Code: "EXPORT_TOO_LARGE", Clause: "5.4",
		Text:   words("所选记录超过一份导出的上限（{most} 条）。", "More records are selected than one export may have ({most})."),
		Remedy: &clause.Remedy{Text: words("请缩小时间范围或增加筛选条件，分多次导出。", "Select a shorter period or filter further, and export in several parts.")}})
)
