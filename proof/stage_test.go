package proof_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/employee"
	payments "portico/ent/db/payment"
	"portico/ent/db/verification"
	"portico/portal/access/staff"
	"portico/portal/correspondence/notice"
	"portico/portal/customer/account"
	"portico/portal/customer/agreement"
	agreementdemo "portico/portal/customer/agreement/demo"
	"portico/portal/finance/ledger"
	"portico/portal/finance/payment"
	"portico/portal/sandbox"
	"portico/portal/trade/order"
	"portico/portal/trade/service"
	"portico/portaltest"
)

type input = map[string]any

// side is one account with everything that an operation needs. Objects are
// created by the system, which no role or standing restricts, and created again
// once they are used up.
type side struct {
	*portaltest.World
	name, account string
	owner         *portaltest.Actor
	staff         map[string]*portaltest.Actor

	mu   sync.Mutex
	kept map[string]string
	made int
}

func newSide(w *portaltest.World, owner *portaltest.Actor) *side {
	// Serial numbers are distinct among the sides of a world.
	first := int(owner.Name[0]) * 1000
	return &side{made: first, World: w, name: owner.Name, account: owner.AccountID, owner: owner,
		staff: map[string]*portaltest.Actor{staff.Owner: owner}, kept: map[string]string{}}
}

// employ makes a person work on the account in a built-in role.
func (x *side) employ(role string) *portaltest.Actor {
	x.T.Helper()
	if a := x.staff[role]; a != nil {
		return a
	}
	a := x.Person(x.name+"'s "+role, func(tx *ent.Tx, personID string) error { return hire(tx, x.account, personID, role) })
	a.AccountID = x.account
	x.staff[role] = a
	return a
}

// hire stores the rows that make a person an employee with a role.
func hire(tx *ent.Tx, accountID, personID, role string) error {
	e, err := tx.Employee.Create().SetAccountID(accountID).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
		SetJoinedAt(tx.Now).SetActiveKey(accountID + "|" + personID).Save(tx)
	if err != nil {
		return err
	}
	return tx.Grant.Create().SetAccountID(accountID).SetEmployeeID(e.ID).SetRoleID(staff.RoleID(role)).SetGrantedAt(tx.Now).SetIdleSince(tx.Now.AddDate(0, 0, -staff.StandardUnused)).Exec(tx)
}

// given decodes an input as the API does.
func given[I any](t testing.TB, in input) (i I) {
	t.Helper()
	b, err := json.Marshal(in)
	if err == nil {
		err = json.Unmarshal(b, &i)
	}
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// do runs a command as the system.
func do[I, P any](x *side, f func(context.Context, *ent.Store, I) (P, error), in input) P {
	x.T.Helper()
	p, err := f(x.System(), x.Portal.Store, given[I](x.T, in))
	if err != nil {
		x.T.Fatalf("%s: %v: %v", x.name, in, err)
	}
	return p
}

// keep returns the object with a name, creating it if it doesn't exist.
func (x *side) keep(name string, make func() string) string {
	x.T.Helper()
	x.mu.Lock()
	id, ok := x.kept[name]
	x.mu.Unlock()
	if !ok {
		id = make()
		x.mu.Lock()
		x.kept[name] = id
		x.mu.Unlock()
	}
	return id
}

// used marks the objects with these names as used up.
func (x *side) used(names ...string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, n := range names {
		delete(x.kept, n)
	}
}

func (x *side) serial() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.made++
	return x.made
}

func (x *side) application() string {
	return x.keep("application", func() string {
		p := do(x, service.CreateApplication, input{"accountId": x.account, "name": fmt.Sprintf("%s app %d", x.name, x.serial()), "kind": "SOCIAL", "region": "MAINLAND"})
		return p.Application.ID
	})
}

func (x *side) plan(code string) string {
	return x.keep("plan "+code, func() string { return x.PlanID(code) })
}

// ordered returns an input of placeOrder for the free plan.
func (x *side) ordered() input {
	return input{"accountId": x.account, "planId": x.plan("im-developer"), "applicationId": x.application(), "expectedTotal": yuan("0.00")}
}

func yuan(amount string) input { return input{"amount": amount, "currency": "CNY"} }

func (x *side) service() string {
	return x.keep("service", func() string {
		p := do(x, order.PlaceOrder, x.ordered())
		x.used("application")
		x.keep("order", func() string { return p.Order.ID })
		return p.Order.ServiceID
	})
}

// notice returns a notice for the account only.
func (x *side) notice() string {
	return x.keep("notice", func() string {
		in := announcement(x)
		in["audience"], in["channels"] = input{"accountIds": []any{x.account}}, []any{"IN_SITE"}
		return do(x, notice.PublishNotice, in).Notice.ID
	})
}

// announcement returns an input of publishNotice.
func announcement(x *side) input {
	return input{"kind": "GENERAL", "audience": input{"all": true}, "title": fmt.Sprint("Notice ", x.serial()), "body": "Text.", "channels": []any{"PUBLIC", "IN_SITE"}}
}

// pending returns a top-up that isn't paid yet.
func (x *side) pending() string {
	return x.keep("top-up", func() string { return x.start("12.00") })
}

// start starts a top-up.
func (x *side) start(amount string) string {
	start := func(ctx context.Context, s *ent.Store, in payment.StartTopUpInput) (*payment.StartTopUpPayload, error) {
		return payment.StartTopUp(ctx, s, x.Portal.Channels, in)
	}
	id := do(x, start, input{"accountId": x.account, "channel": "SANDBOX", "amount": yuan(amount)}).TopUp.ID
	byHand.Store(id, true) // no person started it
	return id
}

// waiting returns a top-up whose money waits for an operator.
func (x *side) waiting() string {
	return x.keep("suspense", func() string {
		id := x.pending()
		x.used("top-up")
		do(x, sandbox.CompleteSandboxPayment, input{"topUpId": id, "payerName": x.name + "'s Uncle"})
		return id
	})
}

// suspended returns the payment of a top-up that waits for an operator.
func (x *side) suspended() string { return x.paymentOf(x.waiting()) }

// unattributed makes the sandbox's channel report a payment that belongs to no known
// account.
func (s *stage) unattributed(trade string) {
	ch := payment.Sandbox{Store: s.Portal.Store}
	body := fmt.Sprintf(`{"tradeNumber":%q,"reference":"PNOBODY","amount":"12.00","currency":"CNY","payerName":"Alpha Anders Ltd","paidAt":"2026-03-02T02:00:00Z"}`, trade)
	payment.Receive(s.System(), s.Portal.Store, ch, payment.Delivery{Body: []byte(body),
		Header: func(string) string { return s.Portal.Store.Index("payment.sandbox", body) }})
}

// sealed seals a day before all data.
func (s *stage) sealed() {
	s.a.keep("sealed", func() string {
		row, err := ledger.SealDay(s.System(), s.Portal.Store, "2020-01-01", time.Date(2020, 1, 1, 16, 0, 0, 0, time.UTC), time.Date(2020, 1, 1, 17, 0, 0, 0, time.UTC))
		if err != nil || row == nil {
			s.T.Fatalf("no day was sealed: %v", err)
		}
		return row.ID
	})
}

func (x *side) paymentOf(topUpID string) string {
	id, err := x.Portal.Store.Read().Payment.Query().Where(payments.TopUpID(topUpID)).FirstID(x.System())
	if err != nil {
		x.T.Fatal(err)
	}
	return id
}

func (x *side) payer() string {
	return x.keep("payer", func() string {
		p := do(x, payment.DesignatePayer, input{"accountId": x.account, "name": fmt.Sprintf("%s's Payer %d", x.name, x.serial()), "proof": "A contract."})
		return p.Payer.ID
	})
}

// papers returns a valid verification of the account.
func (x *side) papers() input {
	return input{"accountId": x.account, "kind": "MAINLAND_COMPANY", "legalName": x.name + " Ltd", "country": "CN", "registrationNumber": portaltest.CreditCode(90_000_000 + len(x.name))}
}

func (x *side) verification() string {
	return x.keep("verification", func() string {
		p := do(x, submit, x.papers())
		return p.Verification.ID
	})
}

// withdraw rejects the verification that waits for a review.
func (x *side) withdraw() {
	id, err := x.Portal.Store.Read().Verification.Query().Where(verification.AccountID(x.account),
		verification.StatusEQ(verification.StatusPENDING)).FirstID(x.System())
	if err == nil {
		do(x, account.ReviewVerification, input{"verificationId": id, "decision": "REJECT", "reason": "Illegible."})
		x.used("verification")
	}
}

// reviewed returns a verification of the account: the approved one, or one that
// waits.
func (x *side) reviewed() string {
	id, err := x.Portal.Store.Read().Verification.Query().Where(verification.AccountID(x.account),
		verification.StatusNEQ(verification.StatusREJECTED)).FirstID(x.System())
	if err != nil {
		return x.verification()
	}
	return id
}

// served returns an application with a service that isn't closed.
func (x *side) served() string {
	return x.keep("served", func() string {
		x.service()
		x.used("service")
		row, err := x.Portal.Store.Read().Order.Get(x.System(), x.kept["order"])
		if err != nil {
			x.T.Fatal(err)
		}
		return row.ApplicationID
	})
}

func submit(ctx context.Context, s *ent.Store, in account.SubmitVerificationInput) (*account.SubmitVerificationPayload, error) {
	return account.SubmitVerification(ctx, s, nil, in)
}

// amendment is the version of the privacy policy that must be accepted.
const amendment = "2026-2"

// amend publishes a privacy policy that takes effect at once and must be
// accepted by a click.
func amend(w *portaltest.World) string {
	w.T.Helper()
	d := agreementdemo.Documents()[1]
	d.Version, d.EffectiveAt = amendment, time.Time{}
	if _, err := agreement.Load(w.System(), w.Portal.Store, []agreement.Document{d}); err != nil {
		w.T.Fatal(err)
	}
	coming := agreementdemo.Documents()[0] // one that isn't in force yet
	coming.Version, coming.EffectiveAt = "coming", portaltest.Start.AddDate(5, 0, 0)
	if _, err := agreement.Load(w.System(), w.Portal.Store, []agreement.Document{coming}); err != nil {
		w.T.Fatal(err)
	}
	return w.TermsIDs()[1]
}

func (x *side) accept(termsID string) {
	x.T.Helper()
	x.Done(x.owner, `mutation($i: AcceptTermsInput!) { acceptTerms(input: $i) { userErrors { code } } }`,
		input{"i": input{"accountId": x.account, "termsId": termsID}})
}

// stage is a world with accounts in every standing.
type stage struct {
	*portaltest.World
	a, b       *side // verified and funded
	unverified *side
	due        *side // verified, with terms to be accepted
	termsID    string
	provider   map[string]*portaltest.Actor
	program    *portaltest.Actor
}

func newStage(w *portaltest.World) *stage {
	s := &stage{World: w, provider: map[string]*portaltest.Actor{}}
	s.a = newSide(w, w.Funded("Alpha Anders", "5000.00"))
	s.b = newSide(w, w.Funded("Bravo Berthold", "7000.00"))
	s.unverified = newSide(w, w.Owner("Charlie Clemens"))
	s.due = newSide(w, w.Funded("Delta Dorothea", "3000.00"))
	s.termsID = amend(w)
	for _, x := range []*side{s.a, s.b, s.unverified} {
		x.accept(s.termsID)
	}
	for _, role := range staff.OperatorRoles {
		s.provider[role] = w.Operator(role)
	}
	s.program = w.DataPlane()
	return s
}
