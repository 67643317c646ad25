package limits

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/99designs/gqlgen/graphql/executor"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"portico/clause"
	"portico/graph/inline"
)

// Executor is gqlgen's executor behind the limits. It embeds that executor, so that
// presenters, middleware and extensions are set in the same way. An extension that
// rewrites the text of the query or the variables has no effect: the transport looks up
// persisted documents, and variables are coerced before.
// [Config] sets the query cache, token limit, rules and suggestions; setting them on
// the embedded executor only makes it do the work twice.
type Executor struct {
	*executor.Executor
	schema *ast.Schema
	cfg    Config
	rules  *rules.Rules
	forms  *forms
	cache  *lru.Cache[string, *accepted]
}

var _ graphql.GraphExecutor = (*Executor)(nil)

// Report holds the measurements of the operation that runs.
type Report struct {
	// Figures are the measurements of the whole document.
	Figures Figures
	// Cost is the cost of the operation with its variables, in points.
	Cost int64
}

// accepted is a document that is within every limit.
type accepted struct {
	doc       *ast.QueryDocument
	figures   Figures
	prices    []price
	needed    map[*ast.OperationDefinition][]string // see needed
	variables map[*ast.OperationDefinition][]variable
	bare      *ast.QueryDocument // see bare
	// collections are nil if a selection depends on variables.
	collections *inline.Collections
}

// Wrap returns the executor of a schema with the limits in front of everything else.
// Call it before adding any extension.
func Wrap(es graphql.ExecutableSchema, cfg Config) *Executor {
	cfg = cfg.withDefaults()
	cfg.sizes = sizesOf(es.Schema())
	cache, err := lru.New[string, *accepted](cfg.CachedDocuments)
	if err != nil {
		panic(err) // only for a size that withDefaults excludes
	}
	e := &Executor{Executor: executor.New(es), schema: es.Schema(), cfg: cfg, rules: validation(cfg), forms: formsOf(es.Schema()), cache: cache}
	e.SetQueryCache(ticketCache{})
	e.Use(&extension{cfg: cfg})
	return e
}

// validation returns gqlparser's default rules, with or without suggestions.
func validation(cfg Config) *rules.Rules {
	set := rules.NewDefaultRules()
	set.ReplaceRule(rules.SingleFieldSubscriptionsRule.Name, singleRoot)
	if cfg.HideSuggestions {
		set.ReplaceRule(rules.FieldsOnCorrectTypeRule.Name, rules.FieldsOnCorrectTypeRuleWithoutSuggestions.RuleFunc)
		set.ReplaceRule(rules.KnownArgumentNamesRule.Name, rules.KnownArgumentNamesRuleWithoutSuggestions.RuleFunc)
		set.ReplaceRule(rules.KnownTypeNamesRule.Name, rules.KnownTypeNamesRuleWithoutSuggestions.RuleFunc)
		set.ReplaceRule(rules.ScalarLeafsRule.Name, rules.ScalarLeafsRuleWithoutSuggestions.RuleFunc)
		set.ReplaceRule(rules.ValuesOfCorrectTypeRule.Name, rules.ValuesOfCorrectTypeRuleWithoutSuggestions.RuleFunc)
	}
	return set
}

// CreateOperationContext refuses a document that exceeds a limit, validates it unless
// it is in the cache, and then continues as gqlgen does. Refusals: QUERY_CIRCULAR,
// QUERY_TOO_DEEP, QUERY_TOO_LARGE, QUERY_TOO_COSTLY, INTROSPECTION_OFF, and the errors
// of [Config.Charge] and [Config.ChargeReading].
func (e *Executor) CreateOperationContext(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	op, errs := e.create(ctx, params)
	return op, truncate(errs, e.cfg.Errors)
}

// truncate cuts a list of errors and each of its messages to a length that doesn't depend
// on the request.
func truncate(errs gqlerror.List, most int) gqlerror.List {
	const longest = 512
	if len(errs) > most {
		errs = errs[:most]
	}
	for _, err := range errs {
		if len(err.Message) > longest {
			err.Message = strings.ToValidUTF8(err.Message[:longest], "") + "…"
		}
	}
	return errs
}

func (e *Executor) create(ctx context.Context, params *graphql.RawParams) (*graphql.OperationContext, gqlerror.List) {
	ticket, errs := e.admit(ctx, params)
	if errs != nil {
		return &graphql.OperationContext{
			RawQuery: params.Query, OperationName: params.OperationName,
			Headers: params.Headers, Extensions: params.Extensions, DisableIntrospection: true,
		}, errs
	}
	return e.Executor.CreateOperationContext(context.WithValue(ctx, ticketKey{}, ticket), params)
}

func (e *Executor) admit(ctx context.Context, params *graphql.RawParams) (*ticket, gqlerror.List) {
	known, hit := e.cache.Get(params.Query)
	if !hit {
		var errs gqlerror.List
		if known, errs = e.parse(ctx, params.Query); errs != nil {
			return nil, errs
		}
	}
	t := &ticket{doc: known.doc, report: Report{Figures: known.figures}, collections: known.collections}
	if i := indexOf(known.doc, params.OperationName); i >= 0 {
		t.report.Cost = known.prices[i].cost
		if known.prices[i].sized {
			t.report.Cost = cost(e.schema, e.cfg, known.doc, known.doc.Operations[i], params.Variables)
		}
		if t.report.Cost > e.cfg.Cost {
			return nil, gqlerror.List{AsError(TooCostly.With("value", t.report.Cost).With("limit", e.cfg.Cost))}
		}
	}
	if !hit {
		if errs := e.validate(known, params.Query); errs != nil {
			return nil, errs
		}
	}
	if i := indexOf(known.doc, params.OperationName); i >= 0 {
		op := known.doc.Operations[i]
		if vars, ok := coerced(known.variables[op], params.Variables); ok {
			t.bare, t.op, t.variables = known.bare, op, vars
			return t, nil
		}
		err := exactEnums(e.schema, op, params.Variables)
		if err == nil {
			err = noNulls(known.needed[op], params.Variables)
		}
		if err != nil {
			return nil, gqlerror.List{err}
		}
	}
	return t, nil
}

// bare returns a valid document without the definitions of its variables, so that
// gqlgen's executor coerces none.
func bare(doc *ast.QueryDocument) *ast.QueryDocument {
	b := *doc
	b.Operations = make(ast.OperationList, len(doc.Operations))
	for i, op := range doc.Operations {
		o := *op
		o.VariableDefinitions = nil
		b.Operations[i] = &o
	}
	return &b
}

// validate checks a document against the schema, and puts it into the cache.
func (e *Executor) validate(known *accepted, query string) gqlerror.List {
	if errs := validator.ValidateWithRules(e.schema, known.doc, e.rules); len(errs) > 0 {
		for _, err := range errs {
			errcode.Set(err, errcode.ValidationFailed)
		}
		return errs
	}
	known.needed = needed(e.schema, known.doc)
	known.variables, known.bare = e.forms.variables(known.doc, known.needed), bare(known.doc)
	if len(query) <= e.cfg.CachedText {
		e.cache.Add(query, known)
	}
	return nil
}

func (e *Executor) parse(ctx context.Context, query string) (*accepted, gqlerror.List) {
	if len(query) > e.cfg.TextBytes {
		return nil, gqlerror.List{AsError(tooLarge("textBytes", int64(len(query)), int64(e.cfg.TextBytes)))}
	}
	source := &ast.Source{Input: query}
	tokens, longest := count(source, e.cfg.Tokens)
	if tokens > e.cfg.Tokens {
		return nil, gqlerror.List{AsError(tooLarge("tokens", int64(tokens), int64(e.cfg.Tokens)))}
	}
	if longest > e.cfg.NameBytes {
		return nil, gqlerror.List{AsError(tooLarge("nameBytes", int64(longest), int64(e.cfg.NameBytes)))}
	}
	if e.cfg.ChargeReading != nil {
		if err := e.cfg.ChargeReading(ctx, 1+int64(tokens)/tokensAPoint); err != nil {
			return nil, gqlerror.List{AsError(err)}
		}
	}
	doc, err := parser.ParseQuery(source)
	if err != nil {
		parsed := gqlerror.WrapIfUnwrapped(err)
		errcode.Set(parsed, errcode.ParseFailed)
		return nil, gqlerror.List{parsed}
	}
	if len(doc.Operations) == 0 {
		none := gqlerror.Errorf("no operation provided")
		errcode.Set(none, errcode.ValidationFailed)
		return nil, gqlerror.List{none}
	}
	figures, prices := measure(e.schema, e.cfg, doc)
	if err := e.cfg.Check(figures); err != nil {
		return nil, gqlerror.List{AsError(err)}
	}
	known := &accepted{doc: doc, figures: figures, prices: prices}
	if !figures.Conditional {
		known.collections = &inline.Collections{}
	}
	return known, nil
}

// count lexes at most one token more than the limit. It returns the number of tokens
// and the length of the longest name or number among them.
func count(source *ast.Source, limit int) (tokens, longest int) {
	l := lexer.New(source)
	for ; ; tokens++ {
		token, err := l.ReadToken()
		if err != nil || token.Kind == lexer.EOF || tokens > limit {
			return tokens, longest
		}
		switch token.Kind {
		case lexer.Name, lexer.Int, lexer.Float:
			longest = max(longest, len(token.Value))
		}
	}
}

// ticket passes an admitted document to gqlgen's executor.
type ticket struct {
	doc    *ast.QueryDocument
	report Report
	// bare is set, with the operation and its variables, if the variables are coerced.
	bare        *ast.QueryDocument
	op          *ast.OperationDefinition
	variables   map[string]any
	collections *inline.Collections
}

type ticketKey struct{}

// ticketCache is the query cache of gqlgen's executor. It always returns the document
// that was admitted for the current request, and no variables that are coerced already.
type ticketCache struct{}

func (ticketCache) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	t, ok := ctx.Value(ticketKey{}).(*ticket)
	if !ok {
		return nil, false
	}
	if t.bare != nil {
		return t.bare, true
	}
	return t.doc, true
}

func (ticketCache) Add(context.Context, string, *ast.QueryDocument) {}

// extension runs after validation, before every other extension. It puts the coerced
// variables into the operation, allows introspection, charges the cost and reports it
// in the answer.
type extension struct{ cfg Config }

const extensionName = "PorticoLimits"

var _ interface {
	graphql.OperationContextMutator
	graphql.ResponseInterceptor
} = (*extension)(nil)

func (*extension) ExtensionName() string                   { return extensionName }
func (*extension) Validate(graphql.ExecutableSchema) error { return nil }

func (x *extension) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	op.DisableIntrospection = x.cfg.HideSchema
	t, ok := ctx.Value(ticketKey{}).(*ticket)
	if !ok {
		return nil
	}
	if t.bare != nil {
		op.Doc, op.Operation, op.Variables = t.doc, t.op, t.variables
	}
	op.Stats.SetExtension(extensionName, &t.report)
	if t.collections != nil {
		t.collections.Use(ctx, op)
	}
	if x.cfg.Charge != nil {
		if err := x.cfg.Charge(ctx, op.Operation, t.report.Cost); err != nil {
			return AsError(err)
		}
	}
	return nil
}

// Declared is the shape of extensions.cost.
type Declared struct {
	Declared int64 `json:"declared"`
	Limit    int64 `json:"limit"`
}

// AppendMember appends the JSON of extensions that hold the cost alone.
func (d Declared) AppendMember(text []byte) []byte {
	text = strconv.AppendInt(append(text, `{"cost":{"declared":`...), d.Declared, 10)
	text = strconv.AppendInt(append(text, `,"limit":`...), d.Limit, 10)
	return append(text, "}}"...)
}

func (x *extension) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if !graphql.HasOperationContext(ctx) {
		return next(ctx)
	}
	r, ok := ReportOf(graphql.GetOperationContext(ctx))
	if !ok {
		return next(ctx)
	}
	graphql.RegisterExtension(ctx, "cost", Declared{Declared: r.Cost, Limit: x.cfg.Cost})
	resp := next(ctx)
	if resp != nil && x.cfg.Spend != nil {
		if more := int64(len(resp.Data))/bytesAPoint - r.Cost; more > 0 {
			x.cfg.Spend(ctx, more)
		}
	}
	return resp
}

// ReportOf returns the report of an operation; false if the operation was refused
// before it had a context.
func ReportOf(op *graphql.OperationContext) (Report, bool) {
	r, ok := op.Stats.GetExtension(extensionName).(*Report)
	if !ok {
		return Report{Cost: math.MaxInt64}, false
	}
	return *r, true
}

// AsError wraps an error in the type that gqlgen passes to the presenter. A refusal
// keeps its code in extensions, and errors.As finds it.
func AsError(err error) *gqlerror.Error {
	var r clause.Refusal
	if errors.As(err, &r) {
		return &gqlerror.Error{Err: err, Message: r.Message(clause.EN), Extensions: map[string]any{"code": r.Code}}
	}
	return gqlerror.WrapIfUnwrapped(err)
}
