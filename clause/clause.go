// Package clause is the agreement as the program knows it: the table of its
// clauses, the default figures that they name, and [Refusal], the one error
// type by which every part of Portico says no.
//
// A clause is cited as CHAPTER.ITEM with Arabic figures ("3.8"); the preamble
// is "0". The package imports the standard library alone, so that everything
// may use it.
package clause

// Ref cites a clause of the agreement, for instance "3.8". The empty Ref
// stands for a refusal that rests on no clause (malformed input, say).
type Ref string

// Lang is a language that every text exists in.
type Lang string

// The two languages of the agreement.
const (
	ZH Lang = "zh-CN"
	EN Lang = "en"
)

// Text is a message in both languages. It may hold parameters in braces,
// "{missing}", which [Text.In] fills in.
type Text struct{ ZH, EN string }

// Kind says how a clause becomes software.
type Kind string

// Every clause has exactly one of these kinds.
const (
	// Enforced: an operation is refused, or a job acts, by the clause.
	Enforced Kind = "enforced"
	// Recorded: a declaration is kept, shown and audited.
	Recorded Kind = "recorded"
	// Words: contract text only, shown to the customer; nothing to run.
	Words Kind = "text"
)
