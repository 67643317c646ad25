package graph

import (
	"cmp"
	"context"

	"portico/clause"
	"portico/money"
	"portico/portal/offer/catalog"
)

// language is the reader's.
func language(ctx context.Context) clause.Lang { return clause.LangOf(ctx) }

// inLanguage picks the text in the reader's language.
func inLanguage(ctx context.Context, zh, en string) string {
	return clause.Text{ZH: zh, EN: en}.In(language(ctx), nil)
}

// inGiven is a text in the reader's language, where it was given in it.
func inGiven(ctx context.Context, text string, en *string) string {
	if en == nil {
		return text
	}
	return inLanguage(ctx, text, cmp.Or(*en, text))
}

// kept is a text that a document keeps in both languages, in the caller's; nil
// if it keeps none.
func kept(ctx context.Context, zh, en *string) *string {
	if zh == nil || en == nil {
		return nil
	}
	text := inLanguage(ctx, *zh, *en)
	return &text
}

// given is a text, or null where it is empty.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// exact is a number off a row.
func exact(text string) (*money.Decimal, error) {
	d, err := money.ParseDecimal(text)
	return &d, err
}

// term is a length of time off a row; nil where there is none.
func term(unit string, count int64) *catalog.TermInput {
	if unit == "" {
		return nil
	}
	return &catalog.TermInput{Unit: catalog.TermUnit(unit), Count: int(count)}
}
