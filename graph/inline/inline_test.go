package inline_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"pgregory.net/rapid"

	"portico/graph/inline"
)

// executing stands for the execution context of generated code.
type executing struct{ made int }

// running is the context of an operation that turns panics into errors.
func running() (context.Context, *graphql.OperationContext) {
	oc := &graphql.OperationContext{RecoverFunc: func(_ context.Context, v any) error { return errors.New("recovered") }}
	ctx := graphql.WithOperationContext(context.Background(), oc)
	return graphql.WithResponseContext(ctx, func(ctx context.Context, err error) *gqlerror.Error {
		return gqlerror.WrapPath(graphql.GetPath(ctx), err)
	}, oc.RecoverFunc), oc
}

func text(m graphql.Marshaler) string {
	var b bytes.Buffer
	m.MarshalGQL(&b)
	return b.String()
}

func field(alias string) *graphql.CollectedField {
	return &graphql.CollectedField{Field: &ast.Field{Alias: alias, Name: alias}}
}

func place(_ context.Context, ec *executing, f graphql.CollectedField) (*graphql.FieldContext, error) {
	ec.made++
	return &graphql.FieldContext{Field: f}, nil
}

// The buffer writes strings as gqlgen does, byte for byte, whatever they hold.
func TestAStringIsWrittenAsGqlgenWritesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune("\x00\x1f\t\r\n\\\"/ 字\u2028\u007f")), 0, 20, -1),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "s")
		b := inline.Begin(context.Background())
		b.String(s)
		if got, want := text(b.End(true)), text(graphql.MarshalString(s)); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	})
}

func TestAField(t *testing.T) {
	write := func(ctx context.Context, oc *graphql.OperationContext, ec *executing, nonNull bool, value func() (string, error)) (string, bool) {
		b := inline.Begin(ctx)
		from := b.Open()
		b.Key([]graphql.CollectedField{*field("amount")}, 0)
		valid := func() (valid bool) {
			at := inline.At(ctx, ec, &inline.Buffer{}, field("amount"), place)
			defer inline.Recover(at, oc, b, len(b.Text), nonNull, &valid)
			b.String("half of")
			v, err := value()
			b.Cut(len(`{"amount":`))
			if err != nil {
				return inline.Fail(at, oc, b, err, nonNull)
			}
			b.String(v)
			return true
		}()
		stands := b.Close(from, valid)
		return text(b.End(stands)), stands
	}
	for _, c := range []struct {
		name, nullable, nonNull string
		failed                  bool
		value                   func() (string, error)
	}{
		{"has its value", `{"amount":"1.00"}`, `{"amount":"1.00"}`, false, func() (string, error) { return "1.00", nil }},
		{"that fails is null, or its object is", `{"amount":null}`, `null`, true, func() (string, error) { return "", errors.New("failed") }},
		{"that panics is null, or its object is", `{"amount":null}`, `null`, true, func() (string, error) { panic("broken") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			for want, nonNull := range map[string]bool{c.nullable: false, c.nonNull: true} {
				if !c.failed && nonNull {
					continue
				}
				ctx, oc := running()
				ec := &executing{}
				got, stands := write(ctx, oc, ec, nonNull, c.value)
				if got != want || stands != (want != "null") {
					t.Errorf("non-null %t: %s, stands %t", nonNull, got, stands)
				}
				errs := graphql.GetErrors(ctx)
				if c.failed != (len(errs) == 1) || c.failed && errs[0].Path.String() != "amount" || (ec.made > 0) != c.failed {
					t.Errorf("non-null %t: %v; %d FieldContexts", nonNull, errs, ec.made)
				}
			}
		})
	}
}

func TestAList(t *testing.T) {
	type row struct{ broken bool }
	write := func(ctx context.Context, _ *executing, b *inline.Buffer, fields []graphql.CollectedField, r *row) bool {
		from := b.Open()
		b.Key(fields, 0)
		b.Int(1)
		if r.broken {
			graphql.AddErrorf(ctx, "broken")
		}
		return b.Close(from, !r.broken)
	}
	fields := []graphql.CollectedField{*field("n")}
	for _, c := range []struct {
		name              string
		list              []*row
		nullable, nonNull string
		path              string
	}{
		{"of none", []*row{}, `[]`, `[]`, ""},
		{"of objects", []*row{{}, {}}, `[{"n":1},{"n":1}]`, `[{"n":1},{"n":1}]`, ""},
		{"with one that is null", []*row{{}, {broken: true}, {}}, `[{"n":1},null,{"n":1}]`, `null`, "[1]"},
		{"with one that is nil", []*row{{}, nil}, `[{"n":1},null]`, `null`, "[1]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, nonNull := range []bool{false, true} {
				ctx, _ := running()
				b := inline.Begin(ctx)
				want := c.nullable
				if nonNull {
					want = c.nonNull
				}
				if got := text(b.End(inline.List(ctx, &executing{}, b, fields, c.list, "Row!", nonNull, write))); got != want {
					t.Errorf("non-null %t: %s", nonNull, got)
				}
				if errs := graphql.GetErrors(ctx); len(errs) > 0 && errs[0].Path.String() != c.path || nonNull && (c.path != "") != (len(errs) > 0) {
					t.Errorf("non-null %t: %v", nonNull, errs)
				}
			}
		})
	}
}

func TestAFieldThatIsCollectedTwiceIsWrittenOnce(t *testing.T) {
	ctx, _ := running()
	fields := []graphql.CollectedField{*field("id"), *field("number"), *field("id"), *field("total")}
	b := inline.Begin(ctx)
	from := b.Open()
	for i := range fields {
		twice := b.Key(fields, i)
		b.Int(int64(i))
		b.Cut(twice)
	}
	if got := text(b.End(b.Close(from, true))); got != `{"id":0,"number":1,"total":3}` {
		t.Error(got)
	}
}

// Goroutines below a field that ask for its place at once get the same one, linked
// to its parent's.
func TestAPlaceIsOneForAll(t *testing.T) {
	ctx, _ := running()
	parent := inline.At(ctx, &executing{}, &inline.Buffer{}, field("orders"), place)
	at := inline.At(parent, &executing{}, &inline.Buffer{}, field("total"), place)
	var group sync.WaitGroup
	found := make([]*graphql.FieldContext, 20)
	for i := range found {
		group.Go(func() { found[i] = graphql.GetFieldContext(at) })
	}
	group.Wait()
	for _, fc := range found {
		if fc != found[0] || fc.Path().String() != "orders.total" || fc.Parent != graphql.GetFieldContext(parent) {
			t.Fatalf("%v", fc.Path())
		}
	}
	if graphql.GetOperationContext(at) == nil {
		t.Error("the operation is lost")
	}
}

// A value that is marshaled again writes nothing: its memory is another's by then.
func TestAValueIsMarshaledOnce(t *testing.T) {
	b := inline.Begin(context.Background())
	b.String("first")
	m := b.End(true)
	if text(m) != `"first"` || text(m) != "" {
		t.Error("it was written twice")
	}
}

func TestTheOriginalIsEnteredWhereItIsAsked(t *testing.T) {
	if inline.Begin(inline.Original(context.Background())) != nil {
		t.Error("a writer was entered")
	}
}
