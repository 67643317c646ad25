// Package clause represents the agreement in the program: the table of its
// clauses, the default figures that they name, and [Refusal], the one error
// type that every part of Portico returns when it refuses something.
//
// A clause is cited as CHAPTER.ITEM in Arabic numerals ("3.8"); the preamble is
// "0". The package imports only the standard library, so that every other
// package can import it.
package clause

// Ref cites a clause of the agreement, for instance "3.8". It is empty for a
// refusal that rests on no clause, such as malformed input.
type Ref string

// Lang is a language. Every text exists in each of them.
type Lang string

// The two languages of the agreement.
const (
	ZH Lang = "zh-CN"
	EN Lang = "en"
)

// Text is a message in both languages. It may contain parameters in braces,
// "{missing}", which [Text.In] fills in.
type Text struct{ ZH, EN string }

// Kind describes how the software implements a clause.
type Kind string

// Every clause has exactly one of these kinds.
const (
	// Enforced means that an operation is refused, or a job acts, by the
	// clause.
	Enforced Kind = "enforced"
	// Recorded means that a declaration is stored, shown and audited.
	Recorded Kind = "recorded"
	// Words means that the clause is only text, which is shown to the customer.
	Words Kind = "text"
)
