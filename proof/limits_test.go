package proof_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/invitation"
	"portico/portaltest"
)

// limited is an input field with the limit that its description states.
type limited struct {
	mutation *ast.FieldDefinition
	// path leads to the field from the arguments; 0 is the first item of a list.
	path        []string
	description string
	of          *ast.Type
	most        int
}

func (l limited) String() string { return l.mutation.Name + "." + strings.Join(l.path, ".") }

// The forms in which descriptions state limits: one for each kind of type.
var (
	lengths = regexp.MustCompile(`(\d[\d,]*) (?:visible ASCII |printable ASCII )?(?:characters|bytes|digits|letters)\b`)
	counts  = regexp.MustCompile(`(\d[\d,]*) items\b`)
	ranges  = regexp.MustCompile(`(?:\d[\d,]* to|at most) (\d[\d,]*)`)
)

// most is the largest limit that a description states for values of a type; 0 if
// it states none.
func most(of *ast.Type, description string) (n int) {
	form := ranges
	switch {
	case of.Elem != nil:
		form = counts
	case of.NamedType == "String":
		form = lengths
	case !slices.Contains([]string{"Int", "Decimal", "MoneyInput"}, of.NamedType):
		return 0
	}
	for _, found := range form.FindAllStringSubmatch(strings.Join(strings.Fields(description), " "), -1) {
		stated, _ := strconv.Atoi(strings.ReplaceAll(found[1], ",", ""))
		n = max(n, stated)
	}
	return n
}

// limits are all limits of the inputs of the mutations, in the schema's order.
func limits() (all []limited) {
	for _, m := range fields(published().Mutation) {
		for _, a := range m.Arguments {
			all = append(all, limitsIn(m, a.Type, []string{a.Name})...)
		}
	}
	return all
}

func limitsIn(m *ast.FieldDefinition, t *ast.Type, path []string) (all []limited) {
	if t.Elem != nil {
		t, path = t.Elem, append(slices.Clone(path), "0")
	}
	d := published().Types[t.Name()]
	if d.Kind != ast.InputObject {
		return nil
	}
	for _, f := range d.Fields {
		l := limited{mutation: m, path: append(slices.Clone(path), f.Name), description: f.Description, of: f.Type}
		if l.most = most(f.Type, f.Description); l.most > 0 && f.Type.Name() != "Upload" {
			all = append(all, l)
		}
		all = append(all, limitsIn(m, f.Type, l.path)...)
	}
	return all
}

// value returns a value of n: characters, items, or units.
func (l limited) value(s *stage, n int, given any) any {
	switch name := l.path[len(l.path)-1]; {
	case l.of.Elem != nil:
		return l.list(n, given)
	case l.of.NamedType == "Int":
		return n
	case l.of.NamedType == "MoneyInput":
		return yuan(strconv.Itoa(n))
	case l.of.NamedType == "Decimal" && strings.Contains(l.description, "digits in all"):
		return strings.Repeat("1", n-2) + ".11"
	case l.of.NamedType == "Decimal":
		return strconv.Itoa(n)
	case strings.Contains(l.description, "digits"):
		return strings.Repeat("1", n)
	case strings.Contains(l.description, "254 bytes"):
		const domain = "@example.com"
		return "m" + strings.Repeat("a", n-1-len(domain)) + domain
	case name == "phone":
		return "+86 137" + strings.Repeat(" ", n-15) + "00000001"
	case strings.Contains(l.description, "ASCII"), strings.Contains(l.description, "bytes"), strings.Contains(l.description, "lower-case"):
		return strings.Repeat("abcdefghij", n/10+1)[:n]
	}
	var b strings.Builder // of three bytes each, for a character is no byte
	for i := range n {
		b.WriteRune('\u4e00' + rune(i*7919%20_000))
	}
	return b.String()
}

// list is a list of n items: those that are given, again and again; of an enum
// that takes each value once, its values.
func (l limited) list(n int, given any) any {
	items := []any{sample(published(), l.of.Elem)}
	switch given := given.(type) {
	case []any:
		items = given
	case []string:
		if len(given) > 0 {
			items = nil
		}
		for _, one := range given {
			items = append(items, one)
		}
	case []input:
		items = nil
		for _, one := range given {
			items = append(items, one)
		}
	}
	if d := published().Types[l.of.Name()]; d.Kind == ast.Enum && strings.Contains(l.description, "each only once") {
		items = nil
		for _, v := range d.EnumValues {
			items = append(items, v.Name)
		}
	}
	list := make([]any, n)
	for i := range list {
		list[i] = items[i%len(items)]
	}
	return list
}

// put sets the value at a path of the arguments, with the objects around it.
func (l limited) put(s *stage, args any, n int) {
	for i, step := range l.path {
		at, _ := strconv.Atoi(step)
		switch list := args.(type) {
		case []any:
			args = list[at]
			continue
		case []input:
			args = list[at]
			continue
		}
		in := args.(map[string]any)
		if i == len(l.path)-1 {
			in[step] = l.value(s, n, in[step])
			return
		}
		if in[step] == nil {
			in[step] = sample(published(), l.typeAt(i))
		}
		args = in[step]
	}
}

// typeAt is the type of a step of the path.
func (l limited) typeAt(step int) *ast.Type {
	t := l.mutation.Arguments.ForName(l.path[0]).Type
	for _, name := range l.path[1 : step+1] {
		if t.Elem != nil {
			t = t.Elem
			continue
		}
		t = published().Types[t.Name()].Fields.ForName(name).Type
	}
	return t
}

// prepared make an input one in which a field counts.
var prepared = map[string]func(s *stage, in input){
	"openAccount.input.acceptedTermsIds": func(_ *stage, in input) { in["declaresFullCapacity"] = true },
	"submitVerification.input.registrationNumber": func(_ *stage, in input) {
		in["kind"], in["country"] = "FOREIGN_ENTITY", "US"
	},
	"changePhone.input.currentPhoneCode":        func(_ *stage, in input) { delete(in, "currentPassword") },
	"overridePrice.input.term.count":            func(_ *stage, in input) { delete(in, "metric") },
	"publishNotice.input.audience.accountIds":   toSome("accountIds"),
	"publishNotice.input.audience.productCodes": toSome("productCodes"),
	"designatePayer.input.channelPayerId":       func(_ *stage, in input) { in["channel"] = "SANDBOX" },
	"reviewPayer.input.reason":                  func(_ *stage, in input) { in["decision"] = "REJECT" },
	"registerByInvitation.input.phone":          byMail,
	"registerByInvitation.input.code":           byMail,
	"signIn.input.captchaAnswer": func(s *stage, in input) {
		for range 3 {
			wrong := input{"login": in["login"], "password": "wrong horse battery 47"}
			s.Send(nil, document("signIn", inputOf(wrong), shape{first: 1, depth: 1}), inputOf(wrong))
			s.Wall.Advance(time.Minute)
		}
		in["captchaId"], _ = s.Captcha("SIGN_IN")
	},
}

// toSome makes a notice one for those that a field of its audience names.
func toSome(field string) func(*stage, input) {
	return func(_ *stage, in input) {
		in["audience"], in["channels"] = input{field: []any{"none"}}, []any{"IN_SITE"}
	}
}

// byMail makes a registration one by an invitation that went to an e-mail address.
func byMail(s *stage, in input) {
	id, token := s.a.ask(s.a.host(), fmt.Sprintf("invited%d@example.com", s.a.serial()))
	s.a.write(func(tx *ent.Tx) error {
		return tx.Invitation.UpdateOneID(id).SetMedium(invitation.MediumEMAIL).Exec(tx)
	})
	in["token"] = token
	phone := s.a.number()
	in["phone"], in["code"] = phone, s.Code(phone, "REGISTER")
	delete(in, "email")
}

// unnamed are fields that a refusal doesn't name, with its code: it doesn't tell
// which one is wrong.
var unnamed = map[string]string{
	"signIn.input.login":    "SIGN_IN_FAILED",
	"signIn.input.password": "SIGN_IN_FAILED",
}

// oneRefusal are fields with one refusal for every value that isn't the right
// one, whatever its length.
var oneRefusal = []string{
	"requestPhoneCode.input.captchaAnswer", "signIn.input.captchaAnswer",
	"register.input.code", "resetPassword.input.code", "registerByInvitation.input.code",
	"refreshSession.input.refreshToken", "verifyEmail.input.token", "acceptInvitation.input.token", "registerByInvitation.input.token",
	"changePassword.input.currentPassword", "addTotp.input.currentPassword", "exportMyData.input.currentPassword", "beginPasskey.input.currentPassword",
	"confirmTotp.input.code", "answerChallenge.input.code", "stepUp.input.code",
	"submitVerification.input.country",
	"changePhone.input.code", "changePhone.input.currentPhoneCode", "changePhone.input.currentPassword", "changeEmail.input.currentPassword",
	"signInWithCode.input.code", "undoEmailChange.input.token",
	"overrideFigure.input.figure", "requestInvoice.input.title", "requestInvoice.input.taxNumber",
	"startTopUp.input.amount.amount", "decidePayment.input.amount.amount", "requestApproval.input.operation",
}

// sendLimited sends a right input with n in the field, and returns the refusals.
func (s *stage) sendLimited(l limited, n int) (list []portaltest.Refusal, r portaltest.Response) {
	s.T.Helper()
	if l.mutation.Directives.ForName("public") != nil { // these are slowed down by the network
		s.Wall.Advance(3 * time.Minute)
	}
	x, by := s.a, s.able(l.mutation.Name)
	if l.mutation.Name == "submitVerification" {
		x = s.unverified
	}
	if p, _ := authz.ParsePermission(permission(l.mutation.Directives.ForName("can"), "do")); authz.Law().Role("owner").Has(p) {
		by = x.owner
	}
	args := operations[l.mutation.Name].args(s, x, by)
	if prepare := prepared[l.String()]; prepare != nil {
		prepare(s, args["input"].(input))
	}
	l.put(s, args, n)
	r = s.Send(by, document(l.mutation.Name, args, shape{first: 1, depth: 1}), args)
	list = r.Refusals(s.T)
	x.factorless(by) // time passes, and nothing else is to need a fresh factor
	if done := operations[l.mutation.Name].done; done != nil && len(r.Errors) == 0 && len(list) == 0 {
		done(x, by)
	}
	for _, e := range r.Errors {
		var path []string
		for _, step := range e.Path[min(1, len(e.Path)):] {
			path = append(path, fmt.Sprint(step))
		}
		list = append(list, portaltest.Refusal{Code: e.Code(), Message: e.Message, Field: path})
	}
	if rejected, _ := portaltest.At(r.Data, "reportUsage", "rejected").([]any); len(rejected) == 1 { // each event is judged by itself
		list = append(list, portaltest.Refusal{Code: portaltest.String(rejected[0], "code"), Message: portaltest.String(rejected[0], "message"), Field: l.path})
	}
	return list, r
}

// about are the refusals of a field: of the field itself, of what it is part of,
// or of what is part of it.
func (l limited) about(list []portaltest.Refusal) (messages []string) {
	for _, one := range list {
		if n := min(len(one.Field), len(l.path)); n > 1 && slices.Equal(one.Field[:n], l.path[:n]) {
			messages = append(messages, one.Code+": "+one.Message)
		}
	}
	return messages
}

func TestTheLargestLimitOfADescriptionIsRead(t *testing.T) {
	list := &ast.Type{Elem: ast.NonNullNamedType("ID", nil)}
	for _, c := range []struct {
		of          *ast.Type
		description string
		want        int
	}{
		{ast.NamedType("String", nil), "Name of the place (1.2), 1 to 2,000 characters.", 2000},
		{ast.NamedType("String", nil), "Phone number (at most 40 characters), or address (at most\n254 bytes).", 254},
		{ast.NamedType("String", nil), "Day in RFC 3339.", 0},
		{ast.NamedType("Int", nil), "Number of days: 1 to 365.", 365},
		{ast.NamedType("Decimal", nil), "More than 0 and at most\n1,000,000, with at most 6 decimals.", 1_000_000},
		{ast.NamedType("ID", nil), "ID of one of 1 to 5 places.", 0},
		{list, "IDs of the places, 1 to 20 items, of 3 characters each.", 20},
	} {
		if got := most(c.of, c.description); got != c.want {
			t.Errorf("%s: %q: %d, want %d", c.of, c.description, got, c.want)
		}
	}
}

// TestStatedLimitsAreHeld sends, for each limit that the description of an input
// field states, one more than that, which must be refused at that field; and as
// much as that, which mustn't be refused for being too much.
func TestStatedLimitsAreHeld(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		s.a.furnish()
		all := limits()
		for _, l := range all {
			t.Run(l.String(), func(t *testing.T) {
				over, r := s.sendLimited(l, l.most+1)
				tooMuch := l.about(over)
				if code := unnamed[l.String()]; code != "" && len(over) == 1 && over[0].Code == code {
					tooMuch = []string{code}
				}
				if len(tooMuch) == 0 {
					t.Errorf("more than %d aren't refused: %.600s", l.most, r.Raw)
				}
				for _, one := range over {
					if _, known := clause.Declared(one.Code); !known || one.Code == clause.Broken.Code {
						t.Errorf("more than %d: %s: %.600s", l.most, one.Code, r.Raw)
					}
				}
				within, r := s.sendLimited(l, l.most)
				if same := slices.Equal(l.about(within), tooMuch); same != slices.Contains(oneRefusal, l.String()) {
					t.Errorf("%d are refused as if they were more: %t, see oneRefusal: %.600s", l.most, same, r.Raw)
				}
			})
		}
		if len(all) < 60 {
			t.Errorf("only %d limits were found", len(all))
		}
	})
}
