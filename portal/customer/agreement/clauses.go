package agreement

import (
	"portico/clause"
	"portico/ent/db"
)

// TermsClause is the text of one clause of a document in one language.
type TermsClause struct {
	// Number is how refusals cite the clause, such as "3.8".
	Number string
	// Title is the heading, without the number.
	Title string
	// Text is Markdown, without the heading.
	Text string
}

// Clauses returns the clauses of a version in a language, in the order of the
// document. It is public.
func Clauses(t *db.Terms, l clause.Lang) []*TermsClause {
	sections, _ := split("", clause.Text{ZH: t.BodyZh, EN: t.BodyEn}.In(l, nil)) // it was checked when it was published
	list := make([]*TermsClause, len(sections))
	for i, s := range sections {
		list[i] = &TermsClause{Number: string(s.ref), Title: s.title, Text: s.text}
	}
	return list
}
