// Package limits bounds the cost of one GraphQL request.
//
// It counts tokens, then parses the document, then walks it once ([Measure]) and
// refuses a document that is too deep, too large or too costly (clause 5.4). It does so
// before the document is validated and before any gqlgen extension sees it, because a
// hostile document can target validation and complexity themselves: validation is
// quadratic in equal fields, and gqlgen's complexity is exponential in nested fragments.
//
// The walk measures each fragment once, and its sums saturate instead of overflowing,
// so its time is linear in the document. It counts the document with its fragments
// expanded: a query costs the same with and without fragments.
//
// [Wrap] puts all of this in front of a gqlgen executor. It keeps a cache, by text, of
// documents that were measured and validated: a repeated query is not parsed, measured
// or validated again.
package limits

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"
)

// Config holds every limit. A field that is zero takes its default. Fields that count
// parts of a document count it with its fragments expanded.
type Config struct {
	// Tokens is the maximum number of lexical tokens of a document, including
	// comments. Large batches are sent as variables, which aren't counted. Default
	// 2,000.
	Tokens int
	// TextBytes is the maximum length of a document's text, in bytes. It bounds the
	// work of lexing. Default 65,536.
	TextBytes int
	// NameBytes is the maximum length of a name or a number, in bytes. Validation
	// computes suggestions from names and repeats them in messages. Default 128.
	NameBytes int
	// Errors is the maximum number of validation errors in an answer. The message of
	// each is cut at 512 bytes, since it may repeat what was sent. Default 20.
	Errors int
	// Depth is the maximum nesting of fields; the root field has depth 1. Default 16:
	// the standard introspection query has 15.
	Depth int64
	// RootFields is the maximum number of fields at the root of one operation.
	// Default 20.
	RootFields int64
	// Fields is the maximum number of fields in all operations of a document
	// together; validation is quadratic in equal ones. Default 500.
	Fields int64
	// Aliases is the maximum number of those fields that have an alias. Default 100.
	Aliases int64
	// Directives is the maximum number of directives that a document applies.
	// Default 50.
	Directives int64
	// Fragments is the maximum number of uses of fragments, named or inline.
	// Default 250.
	Fragments int64
	// IntrospectionLists is the maximum nesting of the list fields of __Type (fields,
	// interfaces, possibleTypes, inputFields). Default 2; introspection tools send
	// queries with 1.
	IntrospectionLists int64
	// Introspections is the maximum number of uses of __schema and __type. Default 1.
	Introspections int64
	// Cost is the maximum cost of one operation by the declared prices, in points of
	// [Config.Price]. Default 20,000.
	Cost int64

	// Price returns the price of a field; nil is [DefaultPrice].
	Price func(parent *ast.Definition, field *ast.FieldDefinition) Price
	// PageSize is the assumed size of a connection without first or last. Default 20.
	PageSize int64

	// HideSchema switches introspection off: __schema and __type are refused.
	HideSchema bool
	// HideSuggestions leaves "Did you mean …" out of validation messages. Otherwise
	// they show names of the schema to a client that may not introspect it.
	HideSuggestions bool

	// CachedDocuments is the maximum number of documents in the cache. Default 1,000.
	CachedDocuments int
	// CachedText is the length, in bytes, of the longest document that is cached.
	// With CachedDocuments it bounds the memory of the cache. Default 32,768.
	CachedText int

	// Charge, if set, receives the declared cost of each valid operation before it
	// runs. An error, such as THROTTLED, refuses the operation.
	Charge func(ctx context.Context, op *ast.OperationDefinition, cost int64) error
	// ChargeReading, if set, receives the cost of parsing and validating a document
	// that isn't in the cache, before that is done. An error refuses the document.
	ChargeReading func(ctx context.Context, cost int64) error
	// Spend, if set, receives the points by which an answer was longer than the
	// operation's declared cost covers, after the answer is made.
	Spend func(ctx context.Context, cost int64)

	// sizes holds the lengths of the lists that introspection of the schema returns.
	sizes sizes
}

const (
	// tokensAPoint is the number of tokens that cost one point to parse and validate.
	tokensAPoint = 10
	// bytesAPoint is the number of bytes of an answer that one point of declared cost
	// covers.
	bytesAPoint = 200
)

// orDefault returns a value, or its default if it isn't above zero.
func orDefault[T int | int64](v, standard T) T {
	if v <= 0 {
		return standard
	}
	return v
}

// withDefaults returns the configuration with its defaults. No limit can be switched
// off.
func (c Config) withDefaults() Config {
	c.Tokens = orDefault(c.Tokens, 2000)
	c.TextBytes = orDefault(c.TextBytes, 64<<10)
	c.NameBytes = orDefault(c.NameBytes, 128)
	c.Errors = orDefault(c.Errors, 20)
	c.Depth = orDefault(c.Depth, 16)
	c.RootFields = orDefault(c.RootFields, 20)
	c.Fields = orDefault(c.Fields, 500)
	c.Aliases = orDefault(c.Aliases, 100)
	c.Directives = orDefault(c.Directives, 50)
	c.Fragments = orDefault(c.Fragments, 250)
	c.IntrospectionLists = orDefault(c.IntrospectionLists, 2)
	c.Introspections = orDefault(c.Introspections, 1)
	c.Cost = orDefault(c.Cost, 20_000)
	c.PageSize = orDefault(c.PageSize, 20)
	c.CachedDocuments = orDefault(c.CachedDocuments, 1000)
	c.CachedText = orDefault(c.CachedText, 32<<10)
	if c.Price == nil {
		c.Price = DefaultPrice
	}
	return c
}

// Check refuses figures that exceed a limit (clause 5.4): QUERY_CIRCULAR,
// QUERY_TOO_DEEP, QUERY_TOO_LARGE, INTROSPECTION_OFF. It doesn't check the cost, which
// is checked for the operation that runs.
func (c Config) Check(f Figures) error {
	c = c.withDefaults()
	switch {
	case f.Circular != "":
		return Circular.With("fragment", f.Circular)
	case f.Introspects && c.HideSchema:
		return SchemaHidden
	case f.Depth > c.Depth:
		return TooDeep.With("value", f.Depth).With("limit", c.Depth)
	}
	for _, l := range []struct {
		what         string
		value, limit int64
	}{
		{"introspectionLists", f.IntrospectionLists, c.IntrospectionLists},
		{"introspections", f.Introspections, c.Introspections},
		{"rootFields", f.RootFields, c.RootFields},
		{"fields", f.Fields, c.Fields},
		{"aliases", f.Aliases, c.Aliases},
		{"directives", f.Directives, c.Directives},
		{"fragments", f.Fragments, c.Fragments},
	} {
		if l.value > l.limit {
			return tooLarge(l.what, l.value, l.limit)
		}
	}
	return nil
}
