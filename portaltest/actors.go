package portaltest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/message"
	"portico/ent/statement"
	"portico/portal/access/identity"
	"portico/portal/access/staff"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// Password is the password of every actor.
const Password = "correct horse battery 47"

// Actor is a named user of the API.
type Actor struct {
	Name, Phone, Email string
	// PersonID and AccountID are the actor's ids; an operator has no account.
	PersonID, AccountID string
	// TaxNumber is the registration number of a verified owner's legal entity.
	TaxNumber string

	access, refresh string
	expires         time.Time
	key             string
}

// At returns the same actor, working on another account.
func (a *Actor) At(accountID string) *Actor {
	b := *a
	b.AccountID = accountID
	return &b
}

// token returns the actor's current access token or key.
func (a *Actor) token(w *World) string {
	if a.key != "" {
		return a.key
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.Wall.Now().Before(a.expires) {
		w.signIn(a)
	}
	return a.access
}

// Token returns an actor's current access token or key.
func (w *World) Token(a *Actor) string { return a.token(w) }

func (w *World) signIn(a *Actor) {
	w.T.Helper()
	r := w.Send(nil, `mutation($i: SignInInput!) { signIn(input: $i) { session { accessToken refreshToken expiresAt } challenge { id } userErrors { code } } }`,
		map[string]any{"i": map[string]any{"login": a.Phone, "password": Password}})
	if At(r.Data, "signIn", "challenge") != nil { // an actor with a second factor signs in without it
		w.begin(a)
		return
	}
	a.session(w, At(r.Data, "signIn", "session"))
}

func (a *Actor) session(w *World, s any) {
	w.T.Helper()
	a.access, a.refresh = String(s, "accessToken"), String(s, "refreshToken")
	at, err := time.Parse(time.RFC3339Nano, String(s, "expiresAt"))
	if err != nil {
		w.T.Fatalf("no session: %v", s)
	}
	a.expires = at
}

func (w *World) next() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serial++
	return w.serial
}

// Message returns the newest message to a recipient that the sandbox recorded.
func (w *World) Message(to string) outbox.Opened {
	w.T.Helper()
	row, err := w.Portal.Store.Read().Message.Query().
		Where(message.RecipientIndex(outbox.Recipient(w.Portal.Store, to))).
		Order(db.Desc(message.FieldCreatedAt, message.FieldID)).First(w.System())
	if err != nil {
		w.T.Fatalf("message to %s: %v", to, err)
	}
	o, err := outbox.Open(w.Portal.Store, row)
	if err != nil {
		w.T.Fatal(err)
	}
	return o
}

// VerifyEmail verifies an actor's e-mail address by the link in its mail. Until then
// the actor gets no other mail.
func (w *World) VerifyEmail(a *Actor) {
	w.T.Helper()
	w.Done(nil, `mutation($i: VerifyEmailInput!) { verifyEmail(input: $i) { userErrors { code } } }`,
		map[string]any{"i": map[string]any{"token": w.Message(a.Email).Token}})
}

// Captcha creates and solves a captcha.
func (w *World) Captcha(purpose string) (id, answer string) {
	w.T.Helper()
	p := w.Done(nil, `mutation($i: CreateCaptchaInput!) { createCaptcha(input: $i) { captcha { id } userErrors { code } } }`,
		map[string]any{"i": map[string]any{"purpose": purpose}})
	id = String(p, "captcha", "id")
	return id, w.Message(id).Code
}

// Code requests a code to a phone number and returns it.
func (w *World) Code(phone, purpose string) string {
	w.T.Helper()
	id, answer := w.Captcha(purpose)
	w.Done(nil, `mutation($i: RequestPhoneCodeInput!) { requestPhoneCode(input: $i) { retryAfter userErrors { code } } }`,
		map[string]any{"i": map[string]any{"phone": phone, "purpose": purpose, "captchaId": id, "captchaAnswer": answer}})
	return w.Message(phone).Code
}

// TermsIDs returns the ids of the current versions of all documents.
func (w *World) TermsIDs() []string {
	w.T.Helper()
	d := w.Must(nil, `{ a: terms(kind: SERVICE_TERMS) { id } b: terms(kind: PRIVACY_POLICY) { id } }`, nil)
	return []string{String(d, "a", "id"), String(d, "b", "id")}
}

// RegisterInput returns a valid input of the mutation register, with a valid code.
func (w *World) RegisterInput(name string) map[string]any {
	w.T.Helper()
	n := w.next()
	phone := fmt.Sprintf("+8613800%06d", n)
	return map[string]any{
		"phone": phone, "code": w.Code(phone, "REGISTER"), "password": Password, "personName": name, "companyName": name + " Ltd",
		"email": fmt.Sprintf("%s.%d@example.com", strings.ToLower(strings.ReplaceAll(name, " ", ".")), n), "subjectKind": "LEGAL_PERSON",
		"declaresFullCapacity": true, "exportDeclaration": true, "acceptedTermsIds": w.TermsIDs(),
	}
}

// RegisterMutation is the mutation register, as clients send it.
const RegisterMutation = `mutation($i: RegisterInput!) { register(input: $i) { session { accessToken refreshToken expiresAt } account { id number name status owner { person { id } } } userErrors { code message field clause remedy { description operation input } } } }`

// Owner registers a person with an account that isn't verified yet.
func (w *World) Owner(name string) *Actor {
	w.T.Helper()
	in := w.RegisterInput(name)
	p := w.Done(nil, RegisterMutation, map[string]any{"i": in})
	a := &Actor{Name: name, Phone: in["phone"].(string), Email: in["email"].(string), AccountID: String(p, "account", "id"),
		PersonID: String(p, "account", "owner", "person", "id")}
	a.session(w, p["session"])
	return a
}

// Verified registers an owner and has its company approved. The company's name is the
// actor's name and " Ltd".
func (w *World) Verified(name string) *Actor {
	w.T.Helper()
	a := w.Owner(name)
	a.TaxNumber = CreditCode(w.next())
	w.Verify(a, map[string]any{"kind": "MAINLAND_COMPANY", "legalName": name + " Ltd", "country": "CN", "registrationNumber": a.TaxNumber})
	return a
}

// Verify submits a verification and has it approved.
func (w *World) Verify(a *Actor, in map[string]any) {
	w.T.Helper()
	in["accountId"] = a.AccountID
	p := w.Done(a, `mutation($i: SubmitVerificationInput!) { submitVerification(input: $i) { verification { id } userErrors { code field } } }`, map[string]any{"i": in})
	w.Done(w.Operator("compliance"), `mutation($i: ReviewVerificationInput!) { reviewVerification(input: $i) { verification { id status } userErrors { code } } }`,
		map[string]any{"i": map[string]any{"verificationId": String(p, "verification", "id"), "decision": "APPROVE"}})
}

// Funded registers a verified owner and tops up its balance, such as "2000.00".
func (w *World) Funded(name, amount string) *Actor {
	w.T.Helper()
	a := w.Verified(name)
	w.TopUp(a, amount)
	return a
}

// TopUp pays an amount by the channel SANDBOX, in the company's name.
func (w *World) TopUp(a *Actor, amount string) {
	w.T.Helper()
	p := w.Done(a, `mutation($i: StartTopUpInput!) { startTopUp(input: $i) { topUp { id } userErrors { code } } }`,
		map[string]any{"i": map[string]any{"accountId": a.AccountID, "channel": "SANDBOX", "amount": map[string]any{"amount": amount, "currency": "CNY"}}})
	w.Done(a, `mutation($i: CompleteSandboxPaymentInput!) { completeSandboxPayment(input: $i) { topUp { id status } userErrors { code } } }`,
		map[string]any{"i": map[string]any{"topUpId": String(p, "topUp", "id"), "payerName": a.Name + " Ltd"}})
}

// Application creates an application and returns its id.
func (w *World) Application(a *Actor, region string) string {
	w.T.Helper()
	p := w.Done(a, `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { application { id } userErrors { code } } }`,
		map[string]any{"i": map[string]any{"accountId": a.AccountID, "name": "App", "kind": "SOCIAL", "region": region}})
	return String(p, "application", "id")
}

// PlanID returns the id of a plan of the demonstration catalogue by its code.
func (w *World) PlanID(code string) string {
	w.T.Helper()
	d := w.Must(nil, `{ products(first: 50) { nodes { plans { id code } } } }`, nil)
	for _, product := range At(d, "products", "nodes").([]any) {
		for _, plan := range At(product, "plans").([]any) {
			if String(plan, "code") == code {
				return String(plan, "id")
			}
		}
	}
	w.T.Fatalf("no plan %s", code)
	return ""
}

// PasswordHash returns the hash of [Password], calculated once.
var PasswordHash = sync.OnceValues(func() (string, error) { return identity.Slight.Hash(Password) })

// Person creates a person who works on no account, and signs it in. It runs more in the
// same transaction.
func (w *World) Person(name string, more ...func(tx *ent.Tx, personID string) error) *Actor {
	w.T.Helper()
	n := w.next()
	a := &Actor{Name: name, Phone: fmt.Sprintf("+8613911%06d", n), Email: fmt.Sprintf("person.%d@example.com", n)}
	hash, err := PasswordHash()
	if err != nil {
		w.T.Fatal(err)
	}
	err = w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		p, err := identity.Enrol(tx, identity.Newcomer{Name: a.Name, Phone: a.Phone, Email: a.Email, PasswordHash: hash})
		if err != nil {
			return err
		}
		a.PersonID = p.ID
		for _, f := range more {
			if err := f(tx, p.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
	w.Begin(a)
	return a
}

// Begin starts a new session of an actor, and returns its refresh token. The session
// has passed no second factor.
func (w *World) Begin(a *Actor) string {
	w.T.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.begin(a)
}

func (w *World) begin(a *Actor) string {
	w.T.Helper()
	var s *identity.Session
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) (err error) {
		s, err = identity.Begin(tx, a.PersonID)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	a.access, a.refresh, a.expires = s.AccessToken, s.RefreshToken, s.ExpiresAt
	return a.refresh
}

// Colleague creates a person who works on an account, by a built-in role.
func (w *World) Colleague(accountID, role string) *Actor {
	w.T.Helper()
	a := w.Person("Colleague "+role, func(tx *ent.Tx, personID string) error {
		return staff.Employ(&command.Tx{Tx: tx}, accountID, personID, role)
	})
	a.AccountID = accountID
	return a
}

// Operator creates an operator of the provider with roles of policy.csv.
func (w *World) Operator(roles ...string) *Actor {
	w.T.Helper()
	return w.Person("Operator "+strings.Join(roles, " "), func(tx *ent.Tx, personID string) error {
		return staff.Appoint(tx, personID, roles)
	})
}

// Platform returns the world's operator with the role platform, which may move the
// clock.
func (w *World) Platform() *Actor {
	w.T.Helper()
	w.mu.Lock()
	p := w.platform
	w.mu.Unlock()
	if p == nil {
		p = w.Operator("platform")
		w.mu.Lock()
		w.platform = p
		w.mu.Unlock()
	}
	return p
}

// DataPlane creates a service credential of the provider's data plane.
func (w *World) DataPlane() *Actor {
	w.T.Helper()
	key, err := staff.CreateKey(w.System(), w.Portal.Store, "data-plane", "data-plane")
	if err != nil {
		w.T.Fatal(err)
	}
	return &Actor{Name: "Data plane", key: key}
}

// As returns a context in which an actor's person acts on its account, for commands
// that have no operation yet.
func (w *World) As(a *Actor) context.Context {
	p, err := statement.Principal(w.System(), w.Portal.Store, a.token(w))
	if err != nil || p == nil {
		w.T.Fatalf("no principal: %v", err)
	}
	p.Address, p.Agent = "192.0.2.1", "test"
	return authz.With(context.Background(), p)
}

// CreditCode returns a valid unified social credit code for a serial number.
func CreditCode(n int) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	body := fmt.Sprintf("91110108%09d", n%1_000_000_000)
	sum, weight := 0, 1
	for _, c := range body {
		sum += strings.IndexRune(alphabet, c) * weight
		weight = weight * 3 % 31
	}
	return body + string(alphabet[(31-sum%31)%31])
}
