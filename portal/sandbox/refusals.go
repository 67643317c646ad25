package sandbox

import "portico/clause"

// ClockBackwards: the sandbox's clock never goes back.
var ClockBackwards = clause.Declare(clause.Refusal{Code: "CLOCK_BACKWARDS",
	Text:   clause.Text{ZH: "沙箱时钟只能向前；现在是 {now}。", EN: "The sandbox's clock only goes forward; it is {now}."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "给出一个更晚的时刻。", EN: "Give a later instant."}, Operation: "advanceClock", Input: map[string]any{"to": "{to}"}}})
