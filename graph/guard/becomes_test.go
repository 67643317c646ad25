package guard_test

import (
	"reflect"
	"strings"
	"testing"

	"portico/graph/generated"
	"portico/portal/kernel/command"
)

// A mutation is marked @becomes if, and only if, its payload can hold a principal.
func TestWhatAMutationBecomesIsMarked(t *testing.T) {
	t.Parallel()
	becomes := reflect.TypeFor[command.Becomes]()
	of, marked := reflect.TypeFor[generated.MutationResolver](), 0
	fields := generated.NewExecutableSchema(generated.Config{}).Schema().Mutation.Fields
	for i := range of.NumMethod() {
		m := of.Method(i)
		payload := m.Type.Out(0).Elem()
		holds := false
		for j := range payload.NumField() {
			holds = holds || payload.Field(j).Type == becomes
		}
		for _, f := range fields {
			if strings.EqualFold(f.Name, m.Name) && (f.Directives.ForName("becomes") != nil) != holds {
				t.Errorf("%s is marked @becomes: %v; its payload embeds command.Becomes: %v", f.Name, !holds, holds)
			}
		}
		if holds {
			marked++
		}
	}
	if marked < 4 {
		t.Errorf("only %d become somebody", marked)
	}
}
