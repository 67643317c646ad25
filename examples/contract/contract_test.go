package contract_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"portico/examples/contract"
	"portico/portal/access/audit"
	"portico/portaltest"
)

// notYet are operations of the contract that aren't implemented; of Overview,
// the existing part runs. An operation that validates must be removed from the
// list.
var notYet []string

func schema(t *testing.T) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile("../../schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryOperationOfTheContractValidates(t *testing.T) {
	s := schema(t)
	if len(contract.Names()) != 84 {
		t.Errorf("the contract has %d operations", len(contract.Names()))
	}
	for _, name := range contract.Names() {
		t.Run(name, func(t *testing.T) {
			_, errs := gqlparser.LoadQueryWithRules(s, contract.Operation(name), nil)
			if later := slices.Contains(notYet, name); later != (errs != nil) {
				t.Errorf("not yet: %v, but: %v", later, errs)
			}
		})
	}
}

// played are the operations that TestTheRestOfTheContractRuns sends.
var played = []string{"AcceptTerms", "AdvanceClock", "ResetPassword",
	"InviteEmployee", "AcceptInvitation", "SetEmployeeRoles", "OffboardEmployee", "Staff", "Audit", "AuditSearch", "ExportAudit",
	"RequestInvoice", "InvoiceQueue", "ApproveInvoice", "IssueInvoice",
	"SignInChallenged", "AnswerChallenge", "SignInWithCode", "AddTotp", "ConfirmTotp", "BeginPasskey", "FinishPasskey", "BeginPasskeySignIn", "FinishPasskeySignIn", "SetSecondFactorPolicy", "RemoveSecondFactor", "StepUp",
	"ChangePhone", "ChangeEmail", "RevokeSession", "ExportMyData", "UpdateGrants", "CreateGroup", "SetGroupMembers",
	"WhoMay", "SuspendEmployee", "ResumeEmployee", "AskApproval", "Approvals", "DecideApproval",
	"Invite", "Invited", "Join", "People", "ImportEmployees", "AccessReview", "MayI", "Mine", "Leaving", "OfferOwnership", "AcceptOwnership",
	"Keys", "CreateApiKey", "RotateApiKey", "RevokeApiKey"}

func TestEveryOperationIsPlayed(t *testing.T) {
	var walk []byte
	files, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		walk = append(walk, text...)
	}
	for _, name := range contract.Names() {
		if !slices.Contains(notYet, name) && !slices.Contains(played, name) && !bytes.Contains(walk, []byte(`"`+name+`"`)) {
			t.Errorf("%s is sent neither by another example nor here", name)
		}
	}
}

// existing returns the part of an operation that the schema has.
func existing(t *testing.T, s *ast.Schema, name string) string {
	t.Helper()
	d, err := parser.ParseQuery(&ast.Source{Input: contract.Operation(name)})
	if err != nil {
		t.Fatal(err)
	}
	o := d.Operations[0]
	o.SelectionSet = prune(s, s.Query, o.SelectionSet)
	var b bytes.Buffer
	formatter.NewFormatter(&b).FormatQueryDocument(d)
	if _, errs := gqlparser.LoadQueryWithRules(s, b.String(), nil); errs != nil {
		t.Fatalf("%v", errs)
	}
	return b.String()
}

func prune(s *ast.Schema, of *ast.Definition, set ast.SelectionSet) ast.SelectionSet {
	var kept ast.SelectionSet
	for _, selection := range set {
		f, ok := selection.(*ast.Field)
		if !ok {
			kept = append(kept, selection)
			continue
		}
		definition := of.Fields.ForName(f.Name)
		if definition == nil && f.Name != "__typename" {
			continue
		}
		if len(f.SelectionSet) > 0 {
			f.SelectionSet = prune(s, s.Types[definition.Type.Name()], f.SelectionSet)
		}
		kept = append(kept, f)
	}
	return kept
}

// The operations that the walk of examples/first-order doesn't send run here,
// unchanged.
func TestTheRestOfTheContractRuns(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Funded("Acme", "2000.00")
		in := func(fields map[string]any) map[string]any { return map[string]any{"input": fields} }
		p := w.Done(a, contract.Operation("AcceptTerms"), in(map[string]any{"accountId": a.AccountID, "termsId": w.TermsIDs()[0]}))
		if portaltest.String(p, "acceptance", "how") != "EXPLICIT" {
			t.Errorf("%v", p)
		}
		playInvoices(t, w)
		d := w.Must(a, existing(t, schema(t), "Overview"), map[string]any{"id": a.AccountID})
		if portaltest.String(d, "account", "balance", "cash", "amount") != "2000.00" || portaltest.String(d, "account", "topUps", "nodes", 0, "status") != "CREDITED" {
			t.Errorf("%v", d)
		}
		to := portaltest.Start.Add(48 * time.Hour)
		p = w.Done(w.Platform(), contract.Operation("AdvanceClock"), in(map[string]any{"to": to.Format(time.RFC3339)}))
		if now, err := time.Parse(time.RFC3339, portaltest.String(p, "now")); err != nil || now.Before(to) {
			t.Errorf("%v", p)
		}
		w.Wall.Advance(time.Minute)
		w.Done(nil, contract.Operation("ResetPassword"), in(map[string]any{"phone": a.Phone, "code": w.Code(a.Phone, "RESET_PASSWORD"), "newPassword": portaltest.Password + " and more"}))
	})
}

// The operations of staff and of the audit, unchanged.
func TestStaffOfTheContractRuns(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Owner("Berta")
		in := func(fields map[string]any) map[string]any { return map[string]any{"input": fields} }
		id := map[string]any{"id": a.AccountID}
		roles := map[string]string{}
		for _, r := range portaltest.At(w.Must(a, contract.Operation("Staff"), id), "account", "roles").([]any) {
			roles[portaltest.String(r, "code")] = portaltest.String(r, "id")
		}
		p := w.Done(a, contract.Operation("InviteEmployee"), in(map[string]any{"accountId": a.AccountID, "address": b.Phone, "roleIds": []string{roles["finance"]}}))
		if portaltest.String(p, "invitation", "status") != "PENDING" {
			t.Errorf("%v", p)
		}
		p = w.Done(b, contract.Operation("AcceptInvitation"), in(map[string]any{"token": w.Message(b.Phone).Token}))
		employee := portaltest.String(p, "employee", "id")
		if portaltest.String(p, "employee", "roles", 0, "code") != "finance" {
			t.Errorf("%v", p)
		}
		p = w.Done(a, contract.Operation("SetEmployeeRoles"), in(map[string]any{"employeeId": employee, "roleIds": []string{roles["developer"]}}))
		if portaltest.String(p, "employee", "roles", 0, "code") != "developer" {
			t.Errorf("%v", p)
		}
		p = w.Done(a, contract.Operation("OffboardEmployee"), in(map[string]any{"employeeId": employee}))
		if portaltest.String(p, "employee", "status") != "OFFBOARDED" {
			t.Errorf("%v", p)
		}
		d := w.Must(a, contract.Operation("Staff"), id)
		if portaltest.String(d, "account", "invitations", "nodes", 0, "status") != "ACCEPTED" || len(portaltest.At(d, "account", "employees", "nodes").([]any)) != 2 {
			t.Errorf("%v", d)
		}
		d = w.Must(a, contract.Operation("Audit"), id)
		if portaltest.String(d, "account", "auditEvents", "nodes", 0, "action") != "offboardEmployee" {
			t.Errorf("%v", d)
		}
		playAuditSearch(t, w, a)
	})
}

// playAuditSearch finds what was changed, and the seal of its hour.
func playAuditSearch(t *testing.T, w *portaltest.World, a *portaltest.Actor) {
	t.Helper()
	start := w.Portal.Store.Now()
	w.AdvanceTo(start.Add(3 * time.Hour))
	if _, err := audit.SealBefore(w.System(), w.Portal.Store, start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	d := w.Must(a, contract.Operation("AuditSearch"), map[string]any{"id": a.AccountID, "filter": map[string]any{"action": "offboardEmployee", "result": "DONE",
		"actorId": a.PersonID, "ipAddress": "192.0.2.1"}})
	d2 := w.Must(a, contract.Operation("AuditSearch"), map[string]any{"id": a.AccountID, "filter": map[string]any{"action": "offboardEmployee"}})
	for _, format := range []string{"CSV", "JSON_LINES"} {
		x := w.Done(a, contract.Operation("ExportAudit"), map[string]any{"input": map[string]any{"accountId": a.AccountID, "format": format}})
		if portaltest.String(x, "export", "status") != "READY" || portaltest.String(x, "export", "downloadUrl") == "" {
			t.Errorf("%v", x)
		}
	}
	if portaltest.String(d2, "account", "auditEvents", "nodes", 0, "changes", 0, "field") == "" || portaltest.String(d, "account", "auditSeals", "nodes", 0, "digest") == "" {
		t.Errorf("%v %v", d, d2)
	}
}

// playInvoices requests an invoice, finds it in the queue, and issues it.
func playInvoices(t *testing.T, w *portaltest.World) {
	t.Helper()
	c, finance := w.Funded("Invoiced", "1500.00"), w.Operator("operator-finance")
	in := func(fields map[string]any) map[string]any { return map[string]any{"input": fields} }
	sum := func(amount string) map[string]any { return map[string]any{"amount": amount, "currency": "CNY"} }
	v := in(map[string]any{"accountId": c.AccountID, "applicationId": w.Application(c, "MAINLAND"), "planId": w.PlanID("im-flagship"),
		"term": map[string]any{"unit": "MONTH", "count": 1}, "expectedTotal": sum("1500.00")})
	v["key"] = "order"
	w.Done(c, contract.Operation("PlaceOrder"), v)
	entity := w.Must(c, `query($id: ID!) { account(id: $id) { legalEntity { name registrationNumber } } }`, map[string]any{"id": c.AccountID})
	v = in(map[string]any{"accountId": c.AccountID, "kind": "GENERAL_VAT", "medium": "ELECTRONIC", "title": portaltest.String(entity, "account", "legalEntity", "name"),
		"taxNumber": portaltest.String(entity, "account", "legalEntity", "registrationNumber"), "amount": sum("1000.00"), "deliveryEmail": "finance@example.com"})
	v["key"] = "invoice"
	first := w.Done(c, contract.Operation("RequestInvoice"), v)
	again := w.Done(c, contract.Operation("RequestInvoice"), v)
	queue := w.Must(finance, contract.Operation("InvoiceQueue"), nil)
	id := portaltest.String(first, "invoice", "id")
	if id == "" || portaltest.String(again, "invoice", "id") != id || portaltest.String(queue, "invoices", "nodes", 0, "id") != id {
		t.Errorf("%v %v %v", first, again, queue)
	}
	w.Done(finance, contract.Operation("ApproveInvoice"), in(map[string]any{"invoiceId": id}))
	if p := w.Done(finance, contract.Operation("IssueInvoice"), in(map[string]any{"invoiceId": id})); portaltest.String(p, "invoice", "status") != "ISSUED" {
		t.Errorf("%v", p)
	}
}
