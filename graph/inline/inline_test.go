package inline_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"portico/graph/inline"
)

// running returns the context of an operation that turns panics into errors.
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

func TestList(t *testing.T) {
	t.Run("a panic makes its element null and is reported at its path, and the others stay", func(t *testing.T) {
		ctx, _ := running()
		list := inline.Slice(ctx, 3, func(ctx context.Context, i int) graphql.Marshaler {
			if i == 1 {
				panic("broken")
			}
			return graphql.MarshalInt(i)
		})
		if got := text(list); got != "[0,null,2]" {
			t.Errorf("got %s", got)
		}
		errs := graphql.GetErrors(ctx)
		if len(errs) != 1 || errs[0].Path.String() != "[1]" {
			t.Errorf("got %v", errs)
		}
	})
	t.Run("an empty list is a list", func(t *testing.T) {
		ctx, _ := running()
		if got := text(inline.Slice(ctx, 0, nil)); got != "[]" {
			t.Errorf("got %s", got)
		}
	})
}

func TestField(t *testing.T) {
	field := func(ctx context.Context, oc *graphql.OperationContext, f func() graphql.Marshaler) (ret graphql.Marshaler) {
		at := func(ctx context.Context) context.Context {
			return graphql.WithFieldContext(ctx, &graphql.FieldContext{Field: graphql.CollectedField{Field: &ast.Field{Alias: "amount"}}})
		}
		defer inline.Recovered(ctx, oc, at, &ret)
		return f()
	}
	t.Run("a panic is reported at the field's path and gives null", func(t *testing.T) {
		ctx, oc := running()
		if m := field(ctx, oc, func() graphql.Marshaler { panic("broken") }); m != graphql.Null {
			t.Errorf("got %s", text(m))
		}
		if errs := graphql.GetErrors(ctx); len(errs) != 1 || errs[0].Path.String() != "amount" {
			t.Errorf("got %v", errs)
		}
	})
	t.Run("without one the value stands", func(t *testing.T) {
		ctx, oc := running()
		if m := field(ctx, oc, func() graphql.Marshaler { return graphql.True }); m != graphql.True || len(graphql.GetErrors(ctx)) > 0 {
			t.Errorf("got %s", text(m))
		}
	})
}

func TestObject(t *testing.T) {
	named := func(aliases ...string) (fields []graphql.CollectedField) {
		for _, a := range aliases {
			fields = append(fields, graphql.CollectedField{Field: &ast.Field{Alias: a}})
		}
		return fields
	}
	for _, c := range []struct {
		name, want string
		fields     []graphql.CollectedField
	}{
		{"none", `{}`, nil},
		{"in order", `{"id":0,"number":1}`, named("id", "number")},
		{"one that was collected twice is written once", `{"id":0,"number":1,"total":3}`, named("id", "number", "id", "total")},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &inline.Object{Fields: c.fields}
			for i := range c.fields {
				o.Values = append(o.Values, graphql.MarshalInt(i))
			}
			if got := text(o); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
