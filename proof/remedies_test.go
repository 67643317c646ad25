package proof_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"portico/authz"
	"portico/clause"
	"portico/portal/customer/account"
	"portico/portal/sandbox"
	"portico/portaltest"
)

// refusal is one refusal as a caller receives it, with the request.
type refusal struct {
	code, at  string
	words     string
	operation string
	input     input
	params    map[string]any

	sent   string // the operation
	args   map[string]any
	column string
	role   string
	x      *side
	by     *portaltest.Actor
}

func (r refusal) String() string {
	return fmt.Sprintf("%s as %s, %s: %s", r.sent, r.role, r.column, r.code)
}

// refusalsIn returns the refusals of an answer.
func refusalsIn(r portaltest.Response) []refusal {
	var all []refusal
	read := func(code, at string, v, params any) {
		one := refusal{code: code, at: at, words: portaltest.String(v, "description"), operation: portaltest.String(v, "operation")}
		one.input, _ = portaltest.At(v, "input").(map[string]any)
		one.params, _ = params.(map[string]any)
		all = append(all, one)
	}
	for _, e := range r.Errors {
		read(e.Code(), "", e.Extensions["remedy"], e.Extensions["params"])
	}
	for _, payload := range r.Data {
		for _, name := range []string{"userErrors", "refusals", "rejected", "overLimit"} {
			list, _ := portaltest.At(payload, name).([]any)
			for _, e := range list {
				at := ""
				if path, ok := portaltest.At(e, "field").([]any); ok && len(path) > 1 {
					at = fmt.Sprint(path[1])
				}
				read(portaltest.String(e, "code"), at, portaltest.At(e, "remedy"), portaltest.At(e, "params"))
			}
		}
	}
	return all
}

// filled are the inputs of a remedy that a person fills in, since only the
// reader knows or chooses them. Everything else that the operation requires
// must be in the remedy or in the first request.
var filled = map[string][]string{
	"acceptTerms":        {},
	"addTotp":            {"name", "currentPassword"},
	"advanceClock":       {},
	"beginPasskey":       {"name", "currentPassword"},
	"createApplication":  {"name", "kind", "region"},
	"createApiKey":       {"name", "permissions"},
	"createCaptcha":      {},
	"declineTerms":       {},
	"deleteApplication":  {},
	"deleteGroup":        {"groupId"},
	"deleteRole":         {"roleId"},
	"extendGrace":        {"days", "reason"},
	"inviteEmployee":     {"address", "roleIds"},
	"issueInvoice":       {},
	"offboardEmployee":   {"employeeId", "successorId"},
	"offerOwnership":     {"employeeId"},
	"openAccount":        {"companyName", "subjectKind", "declaresFullCapacity", "exportDeclaration", "acceptedTermsIds"},
	"placeOrder":         {"term", "expectedTotal", "planId", "applicationId"},
	"products":           {},
	"publishNotice":      {},
	"register":           {"code", "password", "personName", "companyName", "email", "subjectKind", "declaresFullCapacity", "exportDeclaration", "acceptedTermsIds"},
	"requestInvoice":     {"kind", "title", "taxNumber", "amount", "deliveryEmail"},
	"requestPhoneCode":   {"phone", "purpose", "captchaId", "captchaAnswer"},
	"resetPassword":      {"phone", "code", "newPassword"},
	"requestApproval":    {},
	"resumeEmployee":     {},
	"reviewVerification": {"decision", "reason"},
	"revokeApiKey":       {"apiKeyId"},
	"revokeInvitation":   {"invitationId"},
	"setEmployeeRoles":   {"employeeId", "roleIds"},
	"signIn":             {"login", "password"},
	"startTopUp":         {"amount", "channel"},
	"stepUp":             {"method", "code"},
	"submitVerification": {"kind", "legalName", "country", "registrationNumber", "documents"},
	"terms":              {},
	"verifyEmail":        {"token"},

	"withdrawOwnershipOffer":  {},
	"registerByInvitation":    {"password", "personName", "acceptedTermsIds"},
	"resendEmailVerification": {},
}

// complete fills in a remedy's input as a person would: from the first request,
// and for the inputs in filled from the arguments with which the operation is
// tried.
func (s *stage) complete(t *testing.T, r refusal) map[string]any {
	t.Helper()
	given := maps.Clone(r.input)
	if given == nil {
		given = input{}
	}
	f := fieldOf(r.operation)
	takes := inputFields(f)
	if own, ok := r.args["input"].(input); ok && r.operation == r.sent {
		for name, v := range own {
			if _, known := given[name]; !known && name != r.at {
				given[name] = v
			}
		}
	}
	fillable, known := filled[r.operation]
	if !known {
		t.Errorf("%s: its remedy %s has no line in filled: say what a person fills in", r, r.operation)
	}
	example := operations[r.operation].args(s, r.x, r.by)
	if in, ok := example["input"].(input); ok {
		example = in
	}
	for name, typ := range takes {
		if _, ok := given[name]; ok {
			continue
		}
		switch {
		case slices.Contains(fillable, name) && example[name] != nil:
			given[name] = example[name]
		case typ.NonNull:
			t.Errorf("%s: its remedy %s needs %s, which neither it nor the first request has", r, r.operation, name)
		}
	}
	switch r.operation {
	case "signIn":
		given["login"], given["password"] = r.reader(s).Phone, portaltest.Password
		r.x.factorless(r.reader(s)) // a remedy before may have given it one
	case "placeOrder":
		s.price(r, given)
	case "startTopUp":
		if given["channel"] != "BANK_TRANSFER" {
			given["channel"] = "SANDBOX"
		}
	}
	if f.Arguments.ForName("input") != nil {
		return inputOf(given)
	}
	return given
}

// reader returns who signs in: the caller, or for a visitor the account's
// owner.
func (r refusal) reader(s *stage) *portaltest.Actor {
	if r.by == nil || r.by.Phone == "" {
		return r.x.owner
	}
	return r.by
}

// price fills in the term of an order if it is missing, and the total that a
// preview shows.
func (s *stage) price(r refusal, given input) {
	if r.code == "TERM_REQUIRED" {
		given["term"] = input{"unit": "MONTH", "count": 1}
	}
	if _, has := r.input["expectedTotal"]; has {
		return
	}
	in := maps.Clone(given)
	delete(in, "expectedTotal")
	a := s.Send(r.by, `query($input: OrderPreviewInput!) { orderPreview(input: $input) { total { amount currency } } }`, inputOf(in))
	if total, ok := portaltest.At(a.Data, "orderPreview", "total").(map[string]any); ok {
		given["expectedTotal"] = total
	}
}

// afterwards does what must follow a remedy and isn't the caller's to do: the
// money arrives, the review decides. It adds what the remedy created to the
// first request. It reports whether the remedy replaces the first request.
func (s *stage) afterwards(r *refusal, answer portaltest.Response) (instead bool) {
	in, _ := r.args["input"].(input)
	if in == nil {
		in = r.args
	}
	switch r.operation {
	case "createCaptcha":
		id := portaltest.String(answer.Data, "createCaptcha", "captcha", "id")
		in["captchaId"], in["captchaAnswer"] = id, s.Message(id).Code
		if purpose, ok := r.input["purpose"]; ok && in["purpose"] != nil {
			in["purpose"] = purpose
		}
	case "requestPhoneCode":
		in["code"] = s.Message(r.input["phone"].(string)).Code
	case "addTotp": // the person puts the secret into an app and confirms it
		r.x.app(r.by, true)
		if in["code"] != nil {
			in["code"] = r.x.shown()
		}
	case "beginPasskey": // the browser creates the passkey, and the person adds it
		r.x.passkey(r.by)
	case "submitVerification":
		do(r.x, account.ReviewVerification, input{"verificationId": portaltest.String(answer.Data, "submitVerification", "verification", "id"), "decision": "APPROVE"})
	case "startTopUp":
		id := portaltest.String(answer.Data, "startTopUp", "topUp", "id")
		if r.input["channel"] == "BANK_TRANSFER" {
			return true
		}
		do(r.x, sandbox.CompleteSandboxPayment, input{"topUpId": id, "payerName": r.x.name + " Ltd"})
	case "createApplication":
		in["applicationId"] = portaltest.String(answer.Data, "createApplication", "application", "id")
	case "terms":
		in["acceptedTermsIds"] = s.TermsIDs()
	case "products":
		in["planId"] = r.x.plan("im-developer")
		delete(in, "term")
	case "signIn":
		if in["refreshToken"] != nil {
			in["refreshToken"] = portaltest.String(answer.Data, "signIn", "session", "refreshToken")
			return false
		}
		if r.by == nil || r.by.Phone == "" {
			r.by = r.reader(s)
		}
		return r.code != clause.Unauthenticated.Code
	case "placeOrder":
		return r.operation == r.sent || r.code == "SERVICE_ENDED" // another service replaces it
	case "register", "requestApproval", "resetPassword", "inviteEmployee", "resendEmailVerification", "offerOwnership":
		return true // the remedy did what was wanted
	}
	return r.operation == r.sent
}

// chase sends the remedy of a refusal as it stands, as the same caller, and
// then the first request again. Either that succeeds, or another refusal
// follows, and the chain ends. The same refusal with the same figures means
// that the remedy didn't lift it.
func (s *stage) chase(t *testing.T, r refusal, met []string) {
	t.Helper()
	key := fmt.Sprint(r.sent, " ", r.code, " ", r.at, " ", r.params)
	if slices.Contains(met, key) || len(met) > 5 {
		t.Errorf("%s: after its remedy it is refused again; the way: %v", r, append(met, key))
		return
	}
	met = append(met, key)
	if r.operation == "" {
		return // the remedy is text: there is nothing to send
	}
	if wait, ok := r.params["retryAfter"].(float64); ok {
		s.Wall.Advance(time.Duration(wait) * time.Second)
		for i := range met { // what was used up meanwhile is required again
			met[i] += ", before the wait"
		}
	}
	args := s.complete(t, r)
	filledIn, _ := args["input"].(input)
	if filledIn == nil {
		filledIn = args
	}
	offered := r.input
	r.input = filledIn
	sent := s.Send(r.by, document(r.operation, args, shape{first: 1, depth: 2, remedies: true}), args)
	if next := refusalsIn(sent); len(next) > 0 && next[0].code != "FORBIDDEN" || sent.Data == nil {
		if len(next) == 0 || next[0].code == clause.Malformed.Code || strings.HasPrefix(next[0].code, "GRAPHQL_") || next[0].code == clause.Broken.Code {
			t.Errorf("%s: its remedy %s %v can't be sent: %s", r, r.operation, offered, sent.Raw)
			return
		}
		n := next[0]
		n.sent, n.args, n.column, n.role, n.x, n.by = r.operation, args, r.column, r.role, r.x, r.by
		s.chase(t, n, met)
		return
	}
	if s.afterwards(&r, sent) {
		return
	}
	by := r.by
	if r.role == "data-plane" || r.sent == "reportUsage" || r.sent == "entitlement" {
		by = s.program
	}
	again := s.Send(by, document(r.sent, r.args, shape{first: 1, depth: 2, remedies: true}), r.args)
	if next := refusalsIn(again); len(next) > 0 && next[0].code != "FORBIDDEN" {
		n := next[0]
		n.sent, n.args, n.column, n.role, n.x, n.by = r.sent, r.args, r.column, r.role, r.x, r.by
		s.chase(t, n, met)
	} else if done := operations[r.sent].done; done != nil {
		done(r.x, r.by)
	}
}

// fieldOf returns the field of Query or Mutation that is an operation.
func fieldOf(operation string) *ast.FieldDefinition {
	if f := published().Query.Fields.ForName(operation); f != nil {
		return f
	}
	return published().Mutation.Fields.ForName(operation)
}

// inputFields returns what an operation takes: the fields of its input, or else
// its arguments.
func inputFields(f *ast.FieldDefinition) map[string]*ast.Type {
	takes := map[string]*ast.Type{}
	if in := f.Arguments.ForName("input"); in != nil {
		for _, field := range published().Types[in.Type.Name()].Fields {
			takes[field.Name] = field.Type
		}
		return takes
	}
	for _, a := range f.Arguments {
		takes[a.Name] = a.Type
	}
	return takes
}

// fits checks a remedy against the schema: its operation exists, and each input
// of it exists in the operation and has a valid value.
func fits(operation string, in input) error {
	f := fieldOf(operation)
	if f == nil {
		return fmt.Errorf("there is no operation %s", operation)
	}
	takes := inputFields(f)
	for name, v := range in {
		typ, ok := takes[name]
		if !ok {
			return fmt.Errorf("%s takes no %s", operation, name)
		}
		if s, ok := v.(string); ok && strings.HasPrefix(s, "{") {
			continue // a parameter, which is filled in when the refusal is returned
		}
		op := &ast.OperationDefinition{VariableDefinitions: ast.VariableDefinitionList{{Variable: "v", Type: typ, Definition: published().Types[typ.Name()]}}}
		if _, err := validator.VariableValues(published(), op, map[string]any{"v": v}); err != nil {
			return fmt.Errorf("%s of %s: %v: %w", name, operation, v, err)
		}
	}
	return nil
}

func TestEachRemedyFitsTheSchema(t *testing.T) {
	for code, r := range clause.All() {
		if r.Remedy == nil || r.Remedy.Operation == "" {
			continue
		}
		if err := fits(r.Remedy.Operation, r.Remedy.Input); err != nil {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// collected sends every operation as every role in every standing, and every
// wrong input, and returns the refusals.
func (s *stage) collected(t *testing.T) []refusal {
	var all []refusal
	send := func(name, role, column string, x *side, by *portaltest.Actor, args map[string]any) {
		r := s.Send(by, document(name, args, shape{first: 1, depth: 1, remedies: true}), args)
		for _, one := range refusalsIn(r) {
			one.sent, one.args, one.column, one.role, one.x, one.by = name, args, column, role, x, by
			all = append(all, one)
		}
		if o := operations[name]; strings.HasPrefix(result(r), "done") && o.done != nil {
			o.done(x, by)
		}
	}
	for _, c := range slices.Concat(wrongs, invoiceWrongs) {
		x := s.a
		if c.on != nil {
			x = c.on(s)
		}
		by := s.wrongBy(c, x)
		args := operations[c.operation].args(s, x, by)
		in, ok := args["input"].(input)
		if !ok {
			in = args
		}
		c.spoil(s, in)
		send(c.operation, "able", "wrong: "+c.station, x, by, args)
	}
	for _, name := range ordered() {
		if name == "acceptTerms" {
			continue // it lifts the restriction that refuses the others
		}
		for _, role := range matrixRoles() {
			for column, x := range map[string]*side{"own": s.a, "unverified": s.unverified, "terms-due": s.due} {
				by := s.as(role, x)
				send(name, role, column, x, by, operations[name].args(s, x, by))
			}
		}
	}
	return all
}

func TestRemedies(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		s.a.furnish()
		s.b.furnish()
		all := s.collected(t)
		chased := map[string]bool{}
		for _, r := range all {
			if r.operation == "" {
				continue
			}
			if err := fits(r.operation, r.input); err != nil {
				t.Errorf("13.3: a remedy can be sent: %s: %v", r, err)
				continue
			}
			if p, _ := authz.ParsePermission(permission(fieldOf(r.operation).Directives.ForName("can"), "do")); p != authz.None && r.by != nil && r.by != s.program && !s.holds(r.by, p) {
				t.Errorf("%s: its remedy %s isn't its reader's to send", r, r.operation)
			}
			key := strings.Join([]string{r.sent, r.code, r.at, r.operation, r.column}, " ")
			if chased[key] {
				continue
			}
			chased[key] = true
			if r.by == s.program { // it passes the refusal on to the customer
				r.by = r.x.owner
			}
			t.Run(fmt.Sprintf("%s is lifted by %s", r, r.operation), func(t *testing.T) { s.chase(t, r, nil) })
		}
		if len(chased) < 40 {
			t.Errorf("only %d remedies were tried", len(chased))
		}
	})
}

func (s *stage) holds(by *portaltest.Actor, p authz.Permission) bool {
	return authz.From(s.As(by)).HoldsAnywhere(p, s.Portal.Store.Now())
}
