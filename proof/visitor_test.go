package proof_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"portico/portaltest"
)

func TestAVisitorLearnsNoMoreThanItProves(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Vera")
		t.Run("1.1: the link in a mail proves the mailbox, not the phone", func(t *testing.T) {
			token := w.Message(a.Email).Token
			r := w.Send(nil, `mutation($i: VerifyEmailInput!) { verifyEmail(input: $i) { person { id email emailVerified phone } userErrors { code } } }`,
				map[string]any{"i": map[string]any{"token": token}})
			person := portaltest.At(r.Data, "verifyEmail", "person")
			if portaltest.String(person, "email") != a.Email || portaltest.At(person, "phone") != nil || len(r.Errors) != 1 || r.Errors[0].Code() != "UNAUTHENTICATED" {
				t.Errorf("%s", r.Raw)
			}
		})
		t.Run("a system actor is a job that there is, and nothing to a visitor", func(t *testing.T) {
			query := `{ node(id: "sys_service.expire") { __typename id } made: node(id: "sys_anything") { id } }`
			if d := w.Must(nil, query, nil); d["node"] != nil || d["made"] != nil {
				t.Errorf("%v", d)
			}
			if d := w.Must(a, query, nil); portaltest.String(d, "node", "__typename") != "SystemActor" || d["made"] != nil {
				t.Errorf("%v", d)
			}
		})
	})
}

func TestRefusalsOfVisitorsAreUserErrors(t *testing.T) {
	s := published()
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		refused := 0
		for _, f := range s.Mutation.Fields {
			if f.Directives.ForName("public") == nil {
				continue
			}
			in := s.Types[f.Arguments.ForName("input").Type.Name()]
			r := w.Send(nil, fmt.Sprintf(`mutation($i: %s!) { %s(input: $i) { %s userErrors { code } } }`, in.Name, f.Name, whole(s, f)),
				map[string]any{"i": least(s, in)})
			if len(r.Errors) != 0 {
				t.Errorf("%s: %s", f.Name, r.Raw)
			}
			if list, _ := portaltest.At(r.Data, f.Name, "userErrors").([]any); len(list) != 0 {
				refused++
			}
		}
		if refused < 7 {
			t.Errorf("%d mutations were refused", refused)
		}
	})
}

// whole selects all fields of a mutation's payload, one level deep.
func whole(s *ast.Schema, f *ast.FieldDefinition) string {
	var all []string
	for _, given := range s.Types[f.Type.Name()].Fields {
		switch {
		case given.Name == "userErrors":
		case s.Types[given.Type.Name()].IsLeafType():
			all = append(all, given.Name)
		default:
			all = append(all, given.Name+" { __typename }")
		}
	}
	return strings.Join(all, " ")
}

// least returns an input that is valid in form and wrong in each value.
func least(s *ast.Schema, in *ast.Definition) map[string]any {
	values := map[string]any{}
	for _, f := range in.Fields {
		switch d := s.Types[f.Type.Name()]; {
		case !f.Type.NonNull:
		case f.Type.Elem != nil:
			values[f.Name] = []any{}
		case d.Kind == ast.Enum:
			values[f.Name] = d.EnumValues[0].Name
		case d.Name == "Boolean":
			values[f.Name] = false
		default:
			values[f.Name] = "x"
		}
	}
	return values
}
