package graph

import (
	"cmp"
	"context"

	"portico/clause"
	"portico/money"
	"portico/portal/offer/catalog"
)

// language returns the reader's language.
func language(ctx context.Context) clause.Lang { return clause.LangOf(ctx) }

// inLanguage returns the text in the reader's language.
func inLanguage(ctx context.Context, zh, en string) string {
	return clause.Text{ZH: zh, EN: en}.In(language(ctx), nil)
}

// translated returns a text in the reader's language, or the Chinese text if it has no
// English one.
func translated(ctx context.Context, text string, en *string) string {
	if en == nil {
		return text
	}
	return inLanguage(ctx, text, cmp.Or(*en, text))
}

// storedText returns, in the reader's language, a text that a document stores in both
// languages; nil if it stores none.
func storedText(ctx context.Context, zh, en *string) *string {
	if zh == nil || en == nil {
		return nil
	}
	text := inLanguage(ctx, *zh, *en)
	return &text
}

// given returns a text, or nil if it is empty.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// exact parses a decimal number of a row.
func exact(text string) (*money.Decimal, error) {
	d, err := money.ParseDecimal(text)
	return &d, err
}

// term returns a length of time of a row; nil if there is none.
func term(unit string, count int64) *catalog.TermInput {
	if unit == "" {
		return nil
	}
	return &catalog.TermInput{Unit: catalog.TermUnit(unit), Count: int(count)}
}
