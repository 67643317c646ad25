package proof_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"portico/ent/db/terms"
	"portico/portaltest"
)

// counters are the tables that a wrong input may change: the audit, keys, and
// the counts of captchas, codes and tries.
var counters = []string{"audit_events", "act_keys", "attempts", "captchas", "phone_codes", "visitor_tallies"}

// wrong is one wrong input: a valid one with a change.
type wrong struct {
	station, operation string
	code, clause       string
	spoil              func(s *stage, in input)
	// on returns the account for which it is sent; if nil, account a.
	on func(s *stage) *side
}

// set sets one field of the input, or an argument.
func set(field string, value any) func(*stage, input) {
	return func(_ *stage, in input) { in[field] = value }
}

// unknownID returns an ID that no object has.
func unknownID(prefix string) string { return prefix + "_" + ulid.Make().String() }

func event(in input) input { return in["events"].([]any)[0].(input) }

func unapproved(s *stage) *side { return s.unverified }

// flagship changes the order to the plan with a price.
func flagship(count int, expected string) func(*stage, input) {
	return func(s *stage, in input) {
		in["planId"], in["expectedTotal"] = s.a.plan("im-flagship"), yuan(expected)
		if count > 0 {
			in["term"] = input{"unit": "MONTH", "count": count}
		}
	}
}

var wrongs = []wrong{
	{"captcha: no such purpose", "createCaptcha", "GRAPHQL_VALIDATION_FAILED", "", set("purpose", "FUN"), nil},
	{"captcha: a wrong answer", "requestPhoneCode", "CAPTCHA_WRONG", "1.1", set("captchaAnswer", "?"), nil},
	{"captcha: unknown", "requestPhoneCode", "CAPTCHA_WRONG", "1.1", func(_ *stage, in input) { in["captchaId"] = unknownID("capt") }, nil},
	{"captcha: for another purpose", "requestPhoneCode", "CAPTCHA_WRONG", "1.1", set("purpose", "RESET_PASSWORD"), nil},
	{"code: no number", "requestPhoneCode", "PHONE_INVALID", "1.1", set("phone", "12"), nil},
	{"register: a wrong code", "register", "CODE_WRONG", "1.1", set("code", "x"), nil},
	{"register: a number without a code", "register", "CODE_WRONG", "1.1", set("phone", "+8613600000001"), nil},
	{"register: a weak password", "register", "PASSWORD_WEAK", "1.4", set("password", "password12"), nil},
	{"register: a short password", "register", "PASSWORD_WEAK", "1.4", set("password", "x7!Qz"), nil},
	{"register: no e-mail address", "register", "EMAIL_INVALID", "1.1", set("email", "nobody"), nil},
	{"register: no full capacity", "register", "CAPACITY_NOT_DECLARED", "1.2", set("declaresFullCapacity", false), nil},
	{"register: no export declaration", "register", "EXPORT_NOT_DECLARED", "8", set("exportDeclaration", false), nil},
	{"register: a document isn't accepted", "register", "TERMS_NOT_CURRENT", "0", func(_ *stage, in input) { in["acceptedTermsIds"] = in["acceptedTermsIds"].([]string)[:1] }, nil},
	{"register: no company", "register", "INVALID_INPUT", "", set("companyName", " "), nil},
	{"register: a name of 201 characters", "register", "INVALID_INPUT", "", set("personName", strings.Repeat("柏", 201)), nil},
	{"register: a registered number", "register", "PHONE_REGISTERED", "1.1", func(s *stage, in input) {
		in["phone"] = s.b.owner.Phone
		s.Wall.Advance(2 * time.Minute)
		in["code"] = s.Code(s.b.owner.Phone, "REGISTER")
	}, nil},
	{"sign in: a wrong password", "signIn", "SIGN_IN_FAILED", "1.4", set("password", "wrong horse battery 47"), nil},
	{"sign in: unknown login", "signIn", "SIGN_IN_FAILED", "1.4", set("login", "+8613600000002"), nil},
	{"refresh: unknown token", "refreshSession", "REFRESH_INVALID", "1.4", set("refreshToken", "pr_none"), nil},
	{"verify e-mail: unknown link", "verifyEmail", "EMAIL_TOKEN_INVALID", "1.1", set("token", "pe_none"), nil},
	{"reset: a wrong code", "resetPassword", "CODE_WRONG", "1.1", set("code", "x"), nil},
	{"reset: a weak password", "resetPassword", "PASSWORD_WEAK", "1.4", set("newPassword", "1234567890"), nil},
	{"reset: the present password", "resetPassword", "PASSWORD_REUSED", "1.4", set("newPassword", portaltest.Password), nil},
	{"accept terms: unknown version", "acceptTerms", "NOT_FOUND", "", func(_ *stage, in input) { in["termsId"] = unknownID("term") }, nil},
	{"accept terms: a superseded version", "acceptTerms", "TERMS_SUPERSEDED", "0", func(s *stage, in input) { in["termsId"] = s.superseded() }, nil},
	{"accept terms: for a foreign account", "acceptTerms", "NOT_FOUND", "", func(s *stage, in input) { in["accountId"] = s.b.account }, nil},
	{"verification: a wrong check digit", "submitVerification", "REGISTRATION_NUMBER_INVALID", "1.3", set("registrationNumber", "911101080900000159"), unapproved},
	{"verification: no name", "submitVerification", "INVALID_INPUT", "", set("legalName", ""), unapproved},
	{"verification: no country", "submitVerification", "INVALID_INPUT", "", set("country", "Mars"), unapproved},
	{"verification: of a verified account", "submitVerification", "LEGAL_ENTITY_FIXED", "1.3", func(*stage, input) {}, nil},
	{"verification: while one waits", "submitVerification", "VERIFICATION_PENDING", "5.2", func(s *stage, _ input) { s.unverified.verification() }, unapproved},
	{"review: rejected without a reason", "reviewVerification", "REASON_REQUIRED", "5.2", set("reason", " "), unapproved},
	{"review: what is decided", "reviewVerification", "VERIFICATION_DECIDED", "5.2", func(*stage, input) {}, nil},
	{"review: unknown", "reviewVerification", "NOT_FOUND", "", func(_ *stage, in input) { in["verificationId"] = unknownID("veri") }, nil},
	{"application: no name", "createApplication", "INVALID_INPUT", "", set("name", "\u200b"), nil},
	{"application: a name of 201 characters", "createApplication", "INVALID_INPUT", "", set("name", strings.Repeat("n", 201)), nil},
	{"application: deleted twice", "deleteApplication", "APPLICATION_DELETED", "3.6", func(s *stage, in input) { in["applicationId"] = s.gone() }, nil},
	{"top-up: less than the least", "startTopUp", "INVALID_INPUT", "", set("amount", yuan("0.99")), nil},
	{"top-up: more than the most", "startTopUp", "INVALID_INPUT", "", set("amount", yuan("10000000.01")), nil},
	{"top-up: another currency", "startTopUp", "INVALID_INPUT", "", set("amount", input{"amount": "10.00", "currency": "USD"}), nil},
	{"top-up: a tenth of a cent", "startTopUp", "INVALID_INPUT", "", set("amount", yuan("10.001")), nil},
	{"top-up: a channel that isn't set up", "startTopUp", "CHANNEL_UNAVAILABLE", "3.5", set("channel", "ALIPAY"), nil},
	{"payment: no payer", "completeSandboxPayment", "INVALID_INPUT", "", set("payerName", " "), nil},
	{"payment: of nothing", "completeSandboxPayment", "INVALID_INPUT", "", set("amount", yuan("0.00")), nil},
	{"payment: of a foreign top-up", "completeSandboxPayment", "NOT_FOUND", "", func(s *stage, in input) { in["topUpId"] = s.b.pending() }, nil},
	{"suspense: not what waits", "decidePayment", "NOT_IN_SUSPENSE", "3.5", set("decision", "NOTE"), nil},
	{"suspense: not unattributed", "decidePayment", "NOT_IN_SUSPENSE", "3.5", set("decision", "ATTRIBUTE"), nil},
	{"suspense: without a proof", "decidePayment", "INVALID_INPUT", "", set("reason", ""), nil},
	{"suspense: credited before the approval", "decidePayment", "ENTITY_NOT_APPROVED", "3.5", func(*stage, input) {}, unapproved},
	{"grace: without a reason", "extendGrace", "INVALID_INPUT", "", set("reason", " "), nil},
	{"grace: no days", "extendGrace", "INVALID_INPUT", "", set("days", 0), nil},
	{"grace: shortened", "extendGrace", "GRACE_NOT_LONGER", "3.8", set("days", 7), nil},
	{"grace: nothing is owed", "extendGrace", "NOT_IN_ARREARS", "3.8", func(s *stage, in input) { in["accountId"] = s.unverified.account }, nil},
	{"payer: an id of no channel", "designatePayer", "INVALID_INPUT", "", set("channelPayerId", "2088"), nil},
	{"payer: no name", "designatePayer", "INVALID_INPUT", "", set("name", ""), nil},
	{"payer: without a proof", "designatePayer", "INVALID_INPUT", "", set("proof", ""), nil},
	{"payer: twice", "designatePayer", "PAYER_ALREADY_DESIGNATED", "3.5", func(s *stage, in input) { in["name"] = s.designated() }, nil},
	{"payer: rejected without a reason", "reviewPayer", "INVALID_INPUT", "", set("decision", "REJECT"), nil},
	{"preview: unknown plan", "orderPreview", "PLAN_NOT_FOUND", "", func(_ *stage, in input) { in["planId"] = unknownID("plan") }, nil},
	{"preview: a foreign application", "orderPreview", "NOT_FOUND", "", func(s *stage, in input) { in["applicationId"] = s.b.application() }, nil},
	{"order: a term is missing", "placeOrder", "TERM_REQUIRED", "3.3", flagship(0, "1500.00"), nil},
	{"order: another price", "placeOrder", "PRICE_CHANGED", "3.4", flagship(1, "1499.99"), nil},
	{"order: more than the balance", "placeOrder", "INSUFFICIENT_BALANCE", "3.3", flagship(36, "54000.00"), nil},
	{"order: a term of 37 months", "placeOrder", "INVALID_INPUT", "", flagship(37, "55500.00"), nil},
	{"order: a term of a metered plan", "placeOrder", "TERM_NOT_ALLOWED", "3.4", func(s *stage, in input) {
		flagship(1, "0.00")(s, in)
		in["planId"] = s.a.plan("rtc-payg")
	}, nil},
	{"order: no such promotion", "placeOrder", "PROMOTION_UNKNOWN", "3.2", set("promotionCode", "GIFT"), nil},
	{"order: an overseas plan at home", "placeOrder", "MAINLAND_PLAN_REQUIRED", "2.1", func(s *stage, in input) {
		flagship(1, "2400.00")(s, in)
		in["planId"] = s.a.plan("im-flagship-overseas")
	}, nil},
	{"order: for a deleted application", "placeOrder", "APPLICATION_DELETED", "3.6", func(s *stage, in input) { in["applicationId"] = s.gone() }, nil},
	{"order: before the approval", "placeOrder", "VERIFICATION_REQUIRED", "5.2", func(*stage, input) {}, unapproved},
	{"close: unknown service", "closeService", "NOT_FOUND", "", func(_ *stage, in input) { in["serviceId"] = unknownID("serv") }, nil},
	{"close: a foreign service", "closeService", "NOT_FOUND", "", func(s *stage, in input) { in["serviceId"] = s.b.service() }, nil},
	{"usage: nothing", "reportUsage", "INVALID_INPUT", "", set("events", []any{}), nil},
	{"usage: in the future", "reportUsage", "USAGE_IN_FUTURE", "3.4", func(s *stage, in input) { event(in)["at"] = s.Portal.Store.Now().Add(time.Hour).Format(time.RFC3339) }, nil},
	{"usage: unknown application", "reportUsage", "USAGE_APPLICATION_UNKNOWN", "", func(_ *stage, in input) { event(in)["applicationId"] = unknownID("appl") }, nil},
	{"usage: less than nothing", "reportUsage", "USAGE_QUANTITY_INVALID", "3.4", func(_ *stage, in input) { event(in)["quantity"] = "-1" }, nil},
	{"usage: without a service", "reportUsage", "USAGE_NO_SERVICE", "3.6", func(_ *stage, in input) { event(in)["metric"] = "rtc.minutes" }, nil},
	{"entitlement: unknown application", "entitlement", "NOT_FOUND", "", func(_ *stage, in input) { in["applicationId"] = unknownID("appl") }, nil},
	{"clock: backwards", "advanceClock", "CLOCK_BACKWARDS", "", func(s *stage, in input) { in["to"] = s.Portal.Store.Now().Add(-time.Second).Format(time.RFC3339Nano) }, nil},
	{"override: no such figure", "overrideFigure", "INVALID_INPUT", "", set("figure", "arrears.mercy"), nil},
	{"override: no such value", "overrideFigure", "FIGURE_INVALID", "3.8", set("value", "many"), nil},
	{"override: for an unknown account", "overrideFigure", "NOT_FOUND", "", func(_ *stage, in input) { in["accountId"] = unknownID("acct") }, nil},
	{"nodes: 101 ids", "nodes", "BAD_REQUEST", "", set("ids", make([]string, 101)), nil},
	{"node: no id of ours", "node", "null", "", set("id", "'; DROP TABLE persons; --"), nil},
	{"page: more than the most", "products", "BAD_REQUEST", "", set("first", 101), nil},
	{"page: less than nothing", "products", "BAD_REQUEST", "", set("first", -1), nil},
	{"page: from both ends", "products", "BAD_REQUEST", "", func(_ *stage, in input) { in["first"], in["last"] = 1, 1 }, nil},
	{"page: unknown cursor", "products", "BAD_REQUEST", "", set("after", "bm9ib2R5"), nil},
	{"scalar: no decimal", "startTopUp", "BAD_REQUEST", "", set("amount", yuan("ten")), nil},
	{"scalar: a decimal with an exponent", "startTopUp", "BAD_REQUEST", "", set("amount", yuan("1e3")), nil},
	{"scalar: no time", "advanceClock", "BAD_REQUEST", "", set("to", "tomorrow"), nil},
	{"scalar: no number", "products", "GRAPHQL_VALIDATION_FAILED", "", set("first", "many"), nil},
	{"input: a field is missing", "createApplication", "GRAPHQL_VALIDATION_FAILED", "", func(_ *stage, in input) { delete(in, "name") }, nil},
	{"input: a field too many", "createApplication", "GRAPHQL_VALIDATION_FAILED", "", set("ownerId", "x"), nil},
}

func (s *stage) superseded() string {
	id, err := s.Portal.Store.Read().Terms.Query().Where(terms.KindEQ(terms.KindPRIVACY_POLICY), terms.VersionNEQ(amendment)).FirstID(s.System())
	if err != nil {
		s.T.Fatal(err)
	}
	return id
}

// gone returns a deleted application.
func (s *stage) gone() string {
	return s.a.keep("gone", func() string {
		id := s.a.application()
		s.a.used("application")
		s.Done(s.a.owner, `mutation($i: DeleteApplicationInput!) { deleteApplication(input: $i) { userErrors { code } } }`, input{"i": input{"applicationId": id}})
		return id
	})
}

// designated returns the name of a payer that waits.
func (s *stage) designated() string {
	row, err := s.Portal.Store.Read().Payer.Get(s.System(), s.a.payer())
	if err != nil {
		s.T.Fatal(err)
	}
	return row.Name
}

// wrongBy returns the actor who sends a wrong input for an account.
func (s *stage) wrongBy(c wrong, x *side) *portaltest.Actor {
	by := s.able(c.operation)
	if c.operation == "placeOrder" || c.operation == "submitVerification" || strings.HasPrefix(c.station, "invoice: ") && by.AccountID != "" {
		by = x.owner
	}
	return by
}

func TestWrongInputs(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		s.a.furnish()
		s.b.furnish()
		db := open(t, w)
		for _, c := range slices.Concat(wrongs, invoiceWrongs) {
			t.Run(c.clause+": "+c.station, func(t *testing.T) {
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
				doc := document(c.operation, args, shape{first: 1, depth: 1})
				s.Send(by, "{ __typename }", nil) // the first use of a token is recorded
				before := dump(t, w, db, counters...)
				r := s.Send(by, doc, args)
				after := dump(t, w, db, counters...)
				got := result(r)
				want := c.code
				if c.clause != "" {
					want += "(" + c.clause + ")"
				}
				if got != want {
					t.Errorf("%s, want %s: %s", got, want, r.Raw)
				}
				if diff := change(before, after); len(diff) > 0 {
					t.Errorf("it changed %v", diff)
				}
			})
		}
		s.wrongNotifications(t, func() rows { return dump(t, w, db, counters...) })
		sound(t, w, "after every wrong input")
	})
}

// wrongNotifications sends the sandbox's channel notifications that aren't
// payments.
func (s *stage) wrongNotifications(t *testing.T, now func() rows) {
	top, err := s.Portal.Store.Read().TopUp.Get(s.System(), s.a.pending())
	if err != nil {
		t.Fatal(err)
	}
	good := fmt.Sprintf(`{"tradeNumber":"T1","reference":%q,"amount":"12.00","currency":"CNY","payerName":"Alpha Anders Ltd","paidAt":"2026-03-02T02:00:00Z"}`, top.PaymentReference)
	unattributed := strings.Replace(strings.Replace(good, "T1", "T2", 1), top.PaymentReference, "PNOBODY", 1)
	dollars := strings.Replace(strings.Replace(good, "T1", "T3", 1), "CNY", "USD", 1)
	sign := func(body string) string { return s.Portal.Store.Index("payment.sandbox", body) }
	for _, c := range []struct {
		name, body, signature string
		status                int
	}{
		{"3.5: a notification without a signature", good, "", http.StatusUnauthorized},
		{"3.5: a wrong signature", good, sign(good + " "), http.StatusUnauthorized},
		{"3.5: signed, and no payment", "{}", sign("{}"), http.StatusBadRequest},
		{"3.5: for an unknown top-up", unattributed, sign(unattributed), http.StatusOK},
		{"3.5: in another currency", dollars, sign(dollars), http.StatusOK},
		{"3.5: of nothing", strings.Replace(good, "12.00", "0.00", 1), sign(strings.Replace(good, "12.00", "0.00", 1)), http.StatusBadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := now()
			r := httptest.NewRequest(http.MethodPost, "/payments/sandbox", strings.NewReader(c.body))
			r.Header.Set("Sandbox-Signature", c.signature)
			rec := httptest.NewRecorder()
			s.Handler().ServeHTTP(rec, r)
			if rec.Code != c.status {
				t.Errorf("%d, want %d: %s", rec.Code, c.status, rec.Body)
			}
			// A signed notification is kept for an operator, and books nothing.
			diff, signed := change(before, now()), c.status != http.StatusUnauthorized
			if signed != (len(diff) > 0) || slices.ContainsFunc(diff, func(row string) bool { return !strings.Contains(row[:12], " payment") }) {
				t.Errorf("it changed %v", diff)
			}
		})
	}
}
