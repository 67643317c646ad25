package proof_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/graph"
)

// otherPermission are fields that lead to an owned type with another permission
// than the one that shows the type, or without one, each with the reason.
var otherPermission = map[string]string{
	"AuditEvent.actor":                     "an API key is shown to who may see it, others see no actor",
	"Order.placedBy":                       "an API key is shown to who may see it, others see no actor",
	"Viewer.accounts":                      "@self: the accounts are those on which the person holds a grant; each of their fields asks for its own",
	"Account.owner":                        "ACCOUNT_READ: who owns the account is told to everyone who works on it (1.5)",
	"Query.verifications":                  "VERIFICATION_REVIEW: a queue of operators, each of whom may read what it reviews",
	"Query.topUps":                         "TOP_UP_REVIEW: a queue of operators, each of whom may read what it reviews",
	"Query.payments":                       "TOP_UP_REVIEW: a queue of operators, each of whom may read what it reviews",
	"Query.unattributedPayments":           "TOP_UP_REVIEW: a queue of operators, each of whom may read what it reviews",
	"Query.payers":                         "PAYER_REVIEW: a queue of operators, each of whom may read what it reviews",
	"Query.node":                           "@public: the resolver asks for the permission of the object's type",
	"Query.nodes":                          "@public: the resolver asks for the permission of each object's type",
	"LedgerEntry.subject":                  "the resolver asks for the permission of the subject's type, and answers null",
	"Query.usagePeriods":                   "BILL_REVIEW: a queue of operators, each of whom may read what it reviews",
	"Query.invoices":                       "INVOICE_REVIEW: a queue of operators, each of whom may read what it reviews",
	"InvoiceItem.subject":                  "the resolver asks for the permission of the subject's type, and answers null",
	"Access.subject":                       "what was opened, shown only to who may see it",
	"RegisterByInvitationPayload.employee": "@self: the caller, who has just become an employee",
	"AcceptInvitationPayload.employee":     "@self: the caller, who has just become an employee",
	"Account.approvals":                    "ACCOUNT_READ: the list holds what the reader asked for, may decide about, or reads in the audit",
	"RequestApprovalPayload.approval":      "@self: what the caller has just asked for",
	"DecideApprovalPayload.approval":       "@self: what the caller has just decided",
	"WithdrawApprovalPayload.approval":     "@self: what the caller had asked for",
	"Approval.result":                      "the resolver asks for the permission of the object's type, and answers null",
	"PermissionDecision.grants":            "@self: grants of the caller",
	"Account.ownershipOffer":               "ACCOUNT_READ: the resolver shows it to the owner, to whom it is made, and to readers of employees",
	"OfferOwnershipPayload.offer":          "OWNERSHIP_OFFER: what the owner has just offered",
	"WithdrawOwnershipOfferPayload.offer":  "@self: what was offered by the caller, or to it",
	"EmployeeHolding.node":                 "the resolver asks for the permission of the object's type, and answers null",
	"AuditEvent.object":                    "the resolver asks for the permission of the object's type, and answers null",
}

func definitions(s *ast.Schema) []*ast.Definition {
	var all []*ast.Definition
	for _, name := range slices.Sorted(maps.Keys(s.Types)) {
		if d := s.Types[name]; !d.BuiltIn && !strings.HasPrefix(name, "__") {
			all = append(all, d)
		}
	}
	return all
}

func fields(d *ast.Definition) []*ast.FieldDefinition {
	var all []*ast.FieldDefinition
	for _, f := range d.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			all = append(all, f)
		}
	}
	return all
}

// permission returns the value of a directive's argument.
func permission(d *ast.Directive, argument string) string {
	if d == nil {
		return ""
	}
	return d.Arguments.ForName(argument).Value.Raw
}

// wrapped returns the type of the nodes of a connection or an edge, or else the
// type itself.
func wrapped(s *ast.Schema, name string) string {
	d := s.Types[name]
	switch {
	case strings.HasSuffix(name, "Connection"):
		return d.Fields.ForName("nodes").Type.Name()
	case strings.HasSuffix(name, "Edge"):
		return d.Fields.ForName("node").Type.Name()
	}
	return name
}

func isWrapper(name string) bool {
	return strings.HasSuffix(name, "Connection") || strings.HasSuffix(name, "Edge")
}

// owners returns the permissions that show the objects of a type.
func owners(s *ast.Schema, name string) map[string]bool {
	all := map[string]bool{}
	for _, d := range s.GetPossibleTypes(s.Types[wrapped(s, name)]) {
		if p := permission(d.Directives.ForName("owned"), "read"); p != "" {
			all[p] = true
		}
	}
	return all
}

func TestEveryRootFieldIsGuarded(t *testing.T) {
	s := graph.Published(true)
	for _, root := range []*ast.Definition{s.Query, s.Mutation, s.Subscription} {
		if root == nil {
			continue
		}
		for _, f := range fields(root) {
			n := 0
			for _, guard := range []string{"can", "public", "self"} {
				n += len(f.Directives.ForNames(guard))
			}
			if n != 1 {
				t.Errorf("%s.%s has %d of @can, @public and @self, not one", root.Name, f.Name, n)
			}
			if f.Type.NonNull && f.Name != "nodes" {
				t.Errorf("%s.%s can't be null: a refusal would take the whole answer", root.Name, f.Name)
			}
		}
	}
}

func TestAccountOwnedTypesAreOwned(t *testing.T) {
	s := graph.Published(true)
	tenanted := maps.Clone(db.Tenanted)
	tenanted["Account"] = true
	if len(tenanted) < 15 {
		t.Fatalf("only %d entities belong to accounts", len(tenanted))
	}
	for _, name := range slices.Sorted(maps.Keys(tenanted)) {
		d := s.Types[name]
		if d == nil || d.Kind != ast.Object || d.Directives.ForName("owned") != nil {
			continue
		}
		for _, f := range fields(d) {
			if f.Name != "id" && f.Directives.ForName("can") == nil && f.Directives.ForName("self") == nil {
				t.Errorf("%s.%s: the type belongs to an account, and neither it is @owned nor the field guarded", name, f.Name)
			}
		}
	}
}

func TestWhatLeadsToOwnedTypesAsksForThem(t *testing.T) {
	s := graph.Published(true)
	used := map[string]bool{}
	for _, d := range definitions(s) {
		if d.Kind != ast.Object || isWrapper(d.Name) {
			continue
		}
		own := permission(d.Directives.ForName("owned"), "read")
		for _, f := range fields(d) {
			at := d.Name + "." + f.Name
			guard := permission(f.Directives.ForName("can"), "do")
			if (guard != "" || f.Directives.ForName("self") != nil) && f.Type.NonNull {
				t.Errorf("%s is guarded and can't be null", at)
			}
			for p := range owners(s, f.Type.Name()) {
				if guard == p || guard == "" && own == p {
					continue // what is nested in a type has the permission of the type
				}
				if otherPermission[at] == "" {
					t.Errorf("%s leads to what %s shows, and asks for %q", at, p, guard)
				}
				used[at] = true
			}
		}
	}
	for at := range otherPermission {
		if !used[at] {
			t.Errorf("%s needs no exception", at)
		}
	}
}

func TestEverythingIsDescribed(t *testing.T) {
	s := graph.Published(true)
	described := func(at, text string) {
		if strings.TrimSpace(text) == "" {
			t.Errorf("%s isn't described", at)
		}
	}
	arguments := func(at string, list ast.ArgumentDefinitionList) {
		for _, a := range list {
			described(at+"("+a.Name+":)", a.Description)
		}
	}
	for _, d := range definitions(s) {
		described(d.Name, d.Description)
		for _, f := range fields(d) {
			described(d.Name+"."+f.Name, f.Description)
			arguments(d.Name+"."+f.Name, f.Arguments)
		}
		for _, v := range d.EnumValues {
			described(d.Name+"."+v.Name, v.Description)
		}
	}
	for name, d := range s.Directives {
		if strings.HasPrefix(name, "go") || d.Position == nil || d.Position.Src.BuiltIn {
			continue
		}
		described("@"+name, d.Description)
		arguments("@"+name, d.Arguments)
	}
}

func TestMutationsHaveOneShape(t *testing.T) {
	s := graph.Published(true)
	for _, f := range fields(s.Mutation) {
		name := strings.ToUpper(f.Name[:1]) + f.Name[1:]
		if len(f.Arguments) != 1 || f.Arguments[0].Name != "input" || f.Arguments[0].Type.String() != name+"Input!" {
			t.Errorf("%s takes something else than one input: %sInput!", f.Name, name)
		}
		payload := s.Types[f.Type.Name()]
		if payload.Name != name+"Payload" {
			t.Errorf("%s answers %s", f.Name, payload.Name)
		}
		if e := payload.Fields.ForName("userErrors"); e == nil || e.Type.String() != "[UserError!]!" {
			t.Errorf("%s has no userErrors: [UserError!]!", payload.Name)
		}
		for _, p := range fields(payload) {
			if d := s.Types[p.Type.Name()]; p.Type.NonNull && p.Type.Elem == nil && d.Kind == ast.Object {
				t.Errorf("%s.%s can't be null where the mutation is refused", payload.Name, p.Name)
			}
		}
	}
	valued := map[string]string{}
	if text, err := os.ReadFile("../conformance/value-objects.json"); err != nil || json.Unmarshal(text, &valued) != nil {
		t.Fatal(err)
	}
	for _, d := range definitions(s) {
		if strings.HasSuffix(d.Name, "Connection") {
			node := s.Types[wrapped(s, d.Name)]
			if _, value := valued[node.Name]; !value && !slices.Contains(node.Interfaces, "Node") {
				t.Errorf("%s holds %s, which is no Node, and no value by conformance/value-objects.json", d.Name, node.Name)
			}
			if f := d.Fields.ForName("totalCountIsExact"); f == nil || f.Type.String() != "Boolean!" {
				t.Errorf("%s doesn't state whether its totalCount is exact", d.Name)
			}
		}
	}
}

func values(d *ast.Definition) []string {
	var l []string
	for _, v := range d.EnumValues {
		l = append(l, v.Name)
	}
	slices.Sort(l)
	return l
}

func TestEnumsAreThePrograms(t *testing.T) {
	s := graph.Published(true)
	var permissions []string
	for _, p := range authz.Permissions() {
		permissions = append(permissions, p.Enum())
	}
	slices.Sort(permissions)
	if got := values(s.Types["Permission"]); !slices.Equal(got, permissions) {
		t.Errorf("enum Permission has %v, the program %v", got, permissions)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(clause.All())), values(s.Types["ErrorCode"])); diff != "" {
		t.Errorf("enum ErrorCode (+) isn't what the program declares (-): run make generate\n%s", diff)
	}
	for code, r := range clause.All() {
		if r.Clause == "" {
			continue
		}
		if _, ok := clause.Lookup(r.Clause); !ok {
			t.Errorf("%s cites %q, which the agreement doesn't have", code, r.Clause)
		}
		if r.Remedy == nil || r.Remedy.Text.ZH == "" || r.Remedy.Text.EN == "" {
			t.Errorf("%s has clause %s and no remedy", code, r.Clause)
			continue
		}
		if op := r.Remedy.Operation; op != "" && s.Query.Fields.ForName(op) == nil && s.Mutation.Fields.ForName(op) == nil {
			t.Errorf("%s: its remedy is %s, which is no operation", code, op)
		}
	}
}

func TestTheSchemaIsPublished(t *testing.T) {
	text := graph.Print(graph.Published(true))
	if file(t, "../schema.graphql") != text {
		t.Error("schema.graphql isn't what the executable schema prints: run make generate")
	}
	if _, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: text}); err != nil {
		t.Error(err)
	}
}

func TestOutsideTheSandboxNothingOfItIsPublished(t *testing.T) {
	full := graph.Published(true)
	text := graph.Print(graph.Published(false))
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: text})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text, "@sandbox") {
		t.Error("something is marked @sandbox, or the directive is there")
	}
	reached := reach(s)
	for _, d := range definitions(s) {
		if !reached[d.Name] {
			t.Errorf("%s is reached by nothing", d.Name)
		}
	}
	n := 0
	for _, d := range definitions(full) {
		marked := d.Directives.ForName("sandbox") != nil
		kept := s.Types[d.Name]
		if marked && kept != nil {
			t.Errorf("%s is of the sandbox", d.Name)
		}
		if !marked && kept == nil && reach(full)[d.Name] {
			t.Errorf("%s is missing", d.Name)
		}
		if kept == nil {
			n++
			continue
		}
		for _, f := range fields(d) {
			if is := kept.Fields.ForName(f.Name) != nil; is == (f.Directives.ForName("sandbox") != nil) {
				t.Errorf("%s.%s is there: %v", d.Name, f.Name, is)
			}
		}
		for _, v := range d.EnumValues {
			if is := kept.EnumValues.ForName(v.Name) != nil; is == (v.Directives.ForName("sandbox") != nil) {
				t.Errorf("%s.%s is there: %v", d.Name, v.Name, is)
			}
		}
	}
	if n == 0 || s.Types["PaymentChannel"].EnumValues.ForName("SANDBOX") != nil || s.Mutation.Fields.ForName("advanceClock") != nil {
		t.Error("the sandbox is still there")
	}
}

// reach returns the types that can be reached from the roots.
func reach(s *ast.Schema) map[string]bool {
	reached := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		d := s.Types[name]
		if reached[name] || d == nil {
			return
		}
		reached[name] = true
		for _, f := range d.Fields {
			visit(f.Type.Name())
			for _, a := range f.Arguments {
				visit(a.Type.Name())
			}
		}
		for _, i := range d.Interfaces {
			visit(i)
		}
		for _, p := range s.GetPossibleTypes(d) {
			visit(p.Name)
		}
	}
	for _, root := range []*ast.Definition{s.Query, s.Mutation, s.Subscription} {
		if root != nil {
			visit(root.Name)
		}
	}
	for _, d := range s.Directives {
		for _, a := range d.Arguments {
			visit(a.Type.Name())
		}
	}
	return reached
}
