package sandbox

import "portico/clause"

// ClockBackwards: the sandbox's clock never goes back.
var ClockBackwards = clause.Declare(clause.Refusal{Code: "CLOCK_BACKWARDS",
	Text:   clause.Text{ZH: "沙箱时钟只能向前；现在是 {now}。", EN: "The clock of the sandbox can only move forward; it is {now}."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "给出一个更晚的时刻。", EN: "Give a later instant."}, Operation: "advanceClock", Input: map[string]any{"to": "{to}"}}})

// ClockHeld: another process has the work that falls due first.
var ClockHeld = clause.Declare(clause.Refusal{Code: "CLOCK_HELD",
	Text:   clause.Text{ZH: "{at} 到期的工作由另一进程处理中，或该进程已中断；时钟停在该时刻。", EN: "Another process is running the job that is due at {at}, or was interrupted while running it; the clock has stopped there."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "请在 {retryAfter} 秒后重试。", EN: "Send it again in {retryAfter} seconds."}, Operation: "advanceClock", Input: map[string]any{"to": "{to}"}}})
