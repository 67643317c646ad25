// Package limits keeps one GraphQL request from costing more than it may.
//
// It counts tokens, then parses, then walks the parsed document once
// ([Measure]) and refuses what is too deep, too large or too costly (clause
// 5.4). All of that happens before the document is validated and before any
// gqlgen extension sees it, because validation and complexity are themselves
// what a hostile document is aimed at: validation is quadratic in equal fields,
// and gqlgen's complexity is exponential in nested fragments.
//
// The walk goes through fragments, but measures each fragment once, and its sums
// saturate instead of overflowing; so its own time is linear in the document.
// What it counts is the document written out: a query costs the same with and
// without fragments.
//
// [Wrap] puts all of this in front of a gqlgen executor, with a cache of
// documents that were measured and validated already, keyed by their text: a
// repeated query is neither parsed, measured nor validated.
package limits

import (
	"context"

	"github.com/vektah/gqlparser/v2/ast"
)

// Config holds every limit. A field that is zero takes its default.
type Config struct {
	// Tokens is how many lexical tokens a document may have, comments included.
	// Large batches come as variables, which aren't counted. Default 2,000.
	Tokens int
	// TextBytes is how long a document's text may be, in bytes; it bounds the
	// work of reading it into tokens. Default 65,536.
	TextBytes int
	// NameBytes is how long a name or a number may be, in bytes. Suggestions are
	// reckoned, and messages made, of names. Default 128.
	NameBytes int
	// Errors is how many validation errors are told; one is cut off at 512
	// bytes, since it may repeat what was sent. Default 20.
	Errors int
	// Depth is how many fields may be nested, the root field being 1.
	// Default 16: the standard introspection query has 15.
	Depth int64
	// RootFields is how many fields one operation may have at its root.
	// Default 20.
	RootFields int64
	// Fields is how many fields a document may have, written out, in all its
	// operations together; validation is quadratic in equal ones. Default 500.
	Fields int64
	// Aliases is how many of those fields may be renamed. Default 100.
	Aliases int64
	// Directives is how many directives a document may apply, written out.
	// Default 50.
	Directives int64
	// Fragments is how many times fragments, named or inline, may be used,
	// written out. Default 250.
	Fragments int64
	// IntrospectionLists is how many of the list fields of __Type (fields,
	// interfaces, possibleTypes, inputFields) may be nested in each other.
	// Default 2; what introspection tools send has 1.
	IntrospectionLists int64
	// Introspections is how many times a document may ask for __schema or __type,
	// written out. Default 1.
	Introspections int64
	// Cost is what one operation may cost by the declared prices, in points of
	// [Config.Price]. Default 20,000.
	Cost int64

	// Price declares what a field costs; nil is [DefaultPrice].
	Price func(parent *ast.Definition, field *ast.FieldDefinition) Price
	// PageSize is what a connection is taken to hold if it is asked for without
	// first or last. Default 20.
	PageSize int64

	// HideSchema switches introspection off: __schema and __type are refused.
	HideSchema bool
	// HideSuggestions leaves "Did you mean …" out of validation messages, which
	// otherwise tell names of the schema to who may not introspect it.
	HideSuggestions bool

	// CachedDocuments is how many accepted documents are kept. Default 1,000.
	CachedDocuments int
	// CachedText is the longest text, in bytes, of a document that is kept;
	// with CachedDocuments it bounds the memory of the cache. Default 32,768.
	CachedText int

	// Charge, if set, is told the declared cost of each accepted and valid
	// operation before it runs; an error (THROTTLED, say) refuses it.
	Charge func(ctx context.Context, op *ast.OperationDefinition, cost int64) error
	// ChargeReading, if set, is told what it costs to parse and validate a
	// document that isn't known yet, before that is done; an error refuses it.
	ChargeReading func(ctx context.Context, cost int64) error
	// Spend, if set, is told by how many points an answer was longer than its
	// operation's declared cost pays for, once it is made.
	Spend func(ctx context.Context, cost int64)

	// sizes are those of the schema that is introspected.
	sizes sizes
}

const (
	// tokensAPoint is how many tokens are parsed and validated for one point.
	tokensAPoint = 10
	// bytesAPoint is how many bytes of an answer one point of declared cost pays
	// for.
	bytesAPoint = 200
)

func or[T int | int64](v, standard T) T {
	if v <= 0 {
		return standard
	}
	return v
}

// withDefaults fills in what was left zero. No limit can be switched off.
func (c Config) withDefaults() Config {
	c.Tokens = or(c.Tokens, 2000)
	c.TextBytes = or(c.TextBytes, 64<<10)
	c.NameBytes = or(c.NameBytes, 128)
	c.Errors = or(c.Errors, 20)
	c.Depth = or(c.Depth, 16)
	c.RootFields = or(c.RootFields, 20)
	c.Fields = or(c.Fields, 500)
	c.Aliases = or(c.Aliases, 100)
	c.Directives = or(c.Directives, 50)
	c.Fragments = or(c.Fragments, 250)
	c.IntrospectionLists = or(c.IntrospectionLists, 2)
	c.Introspections = or(c.Introspections, 1)
	c.Cost = or(c.Cost, 20_000)
	c.PageSize = or(c.PageSize, 20)
	c.CachedDocuments = or(c.CachedDocuments, 1000)
	c.CachedText = or(c.CachedText, 32<<10)
	if c.Price == nil {
		c.Price = DefaultPrice
	}
	return c
}

// Check refuses figures that are over a limit (clause 5.4): QUERY_CIRCULAR,
// QUERY_TOO_DEEP, QUERY_TOO_LARGE, INTROSPECTION_OFF. Cost is checked for the
// operation that runs, not here.
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
