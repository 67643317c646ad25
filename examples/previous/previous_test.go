package previous_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
	"time"

	"portico/examples/previous"
	"portico/examples/process"
	"portico/examples/sandbox"
	"portico/portaltest/engine"
)

type object = sandbox.Object

const lookQuery = `query($id: ID!) { account(id: $id) { balance { cash { amount } arrears { amount } }
	topUps(first: 100) { totalCount nodes { status } } orders(first: 100) { totalCount nodes { id status service { status } } }
	bills(first: 100) { nodes { total { amount } lines { quantity } } } } }`

// side is one release that serves the database.
type side struct {
	*process.Server
	play *sandbox.Play
}

// customer is a customer with what either release has acknowledged.
type customer struct {
	*sandbox.Registered
	application             string
	topUps, orders, minutes int
	number                  int
	paid, spent             int // in yuan
}

func start(t *testing.T, binary, data, database string) *side {
	t.Helper()
	s := &side{Server: &process.Server{Binary: binary, Data: data, Database: database}}
	var err error
	if s.Address, err = process.FreeAddress(); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Kill(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("%s: %s", binary, s.Log())
		}
	})
	if s.play, err = sandbox.Open(s.URL(), s.Logins(), io.Discard); err != nil {
		t.Fatal(err)
	}
	return s
}

// plans returns the plans of the price list, by code.
func (s *side) plans(ctx context.Context, t *testing.T) map[string]string {
	t.Helper()
	d, err := s.play.Send(ctx, "", "PriceList", nil)
	if err != nil {
		t.Fatal(err)
	}
	plans := map[string]string{}
	products, _ := sandbox.At(d, "products.nodes").([]any)
	for _, product := range products {
		of, _ := sandbox.At(product, "plans").([]any)
		for _, plan := range of {
			plans[sandbox.Text(plan, "code")] = sandbox.Text(plan, "id")
		}
	}
	return plans
}

// join registers a customer and approves it.
func (s *side) join(ctx context.Context, t *testing.T) *customer {
	t.Helper()
	who, err := s.play.Register(ctx, "林一", "柏林示例科技"+sandbox.Unique(6)+"有限公司")
	if err != nil {
		t.Fatal(err)
	}
	c := &customer{Registered: who}
	v := s.done(ctx, t, c.Token, "SubmitVerification", sandbox.In(object{"accountId": c.Account, "kind": "MAINLAND_COMPANY",
		"legalName": c.Company, "country": "CN", "registrationNumber": sandbox.CreditCode()}))
	s.done(ctx, t, s.play.Operator, "ReviewVerification", sandbox.In(object{"verificationId": sandbox.Text(v, "verification.id"), "decision": "APPROVE"}))
	a := s.done(ctx, t, c.Token, "CreateApplication", sandbox.In(object{"accountId": c.Account, "name": "Chat", "kind": "SOCIAL", "region": "MAINLAND"}))
	c.application = sandbox.Text(a, "application.id")
	s.topUp(ctx, t, c, 200)
	s.order(ctx, t, c, s.plans(ctx, t)["rtc-payg"], 0, nil)
	return c
}

func (s *side) done(ctx context.Context, t *testing.T, token, operation string, variables object) object {
	t.Helper()
	p, err := s.play.Done(ctx, token, operation, variables)
	if err != nil {
		t.Fatalf("%s by %s: %v", operation, path.Base(path.Dir(s.Binary)), err)
	}
	return p
}

func (s *side) topUp(ctx context.Context, t *testing.T, c *customer, yuan int) {
	t.Helper()
	c.number++
	p := s.done(ctx, t, c.Token, "StartTopUp", object{"input": object{"accountId": c.Account, "amount": sandbox.Money(fmt.Sprint(yuan, ".00")), "channel": "SANDBOX"},
		"key": fmt.Sprint("t", c.number)})
	p = s.done(ctx, t, c.Token, "CompleteSandboxPayment", sandbox.In(object{"topUpId": sandbox.Text(p, "topUp.id"), "payerName": c.Company}))
	if got := sandbox.Text(p, "topUp.status"); got != "CREDITED" {
		t.Fatalf("the top-up is %s", got)
	}
	c.topUps, c.paid = c.topUps+1, c.paid+yuan
}

func (s *side) order(ctx context.Context, t *testing.T, c *customer, plan string, yuan int, term any) {
	t.Helper()
	c.number++
	o := object{"accountId": c.Account, "planId": plan, "applicationId": c.application, "expectedTotal": sandbox.Money(fmt.Sprint(yuan, ".00"))}
	if term != nil {
		o["term"] = term
	}
	p := s.done(ctx, t, c.Token, "PlaceOrder", object{"input": o, "key": fmt.Sprint("o", c.number)})
	if sandbox.Text(p, "order.service.status") != "RUNNING" {
		t.Fatalf("the order's service: %v", p)
	}
	c.orders, c.spent = c.orders+1, c.spent+yuan
}

// use reports usage. A replica follows the sandbox's clock within a second, so
// it may take the present for the future; then the report is repeated.
func (s *side) use(ctx context.Context, t *testing.T, c *customer, at time.Time) {
	t.Helper()
	c.number++
	event := sandbox.In(object{"events": []any{object{"source": "beside", "eventId": fmt.Sprint(c.application, "-", c.number),
		"applicationId": c.application, "metric": "rtc.minutes", "quantity": "100", "at": at.UTC().Format(time.RFC3339)}}})
	p := s.done(ctx, t, s.play.Logins.DataPlaneKey, "ReportUsage", event)
	for deadline := time.Now().Add(time.Minute); sandbox.Text(p, "rejected.0.code") == "USAGE_IN_FUTURE" && time.Now().Before(deadline); {
		<-time.After(50 * time.Millisecond)
		p = s.done(ctx, t, s.play.Logins.DataPlaneKey, "ReportUsage", event)
	}
	if fmt.Sprint(sandbox.At(p, "accepted")) != "1" {
		t.Fatalf("usage: %v", p)
	}
	c.minutes += 100
}

// pass advances the clock, and returns the new time.
func (s *side) pass(ctx context.Context, t *testing.T, to time.Time) time.Time {
	t.Helper()
	s.done(ctx, t, s.play.Operator, "AdvanceClock", sandbox.In(object{"to": to.UTC().Format(time.RFC3339)}))
	return to
}

// work does what a customer does in an hour, by one release. Usage comes first:
// it waits until the release has followed the clock, so that an order isn't
// earlier than the other release's.
func (s *side) work(ctx context.Context, t *testing.T, c *customer, plans map[string]string, at time.Time) {
	t.Helper()
	s.use(ctx, t, c, at)
	s.topUp(ctx, t, c, 2000)
	s.order(ctx, t, c, plans["im-flagship"], 1500, object{"unit": "MONTH", "count": 1})
}

// holds compares an account, as a release shows it, with what was acknowledged
// to its customer.
func (s *side) holds(ctx context.Context, t *testing.T, c *customer) {
	t.Helper()
	d, err := s.play.Post(ctx, c.Token, lookQuery, object{"id": c.Account})
	if err != nil {
		t.Fatal(err)
	}
	minutes, billed := 0, 0
	bills, _ := sandbox.At(d, "account.bills.nodes").([]any)
	for _, b := range bills {
		billed += fen(sandbox.Text(b, "total.amount"))
		lines, _ := sandbox.At(b, "lines").([]any)
		for _, l := range lines {
			var n int
			if _, err := fmt.Sscan(sandbox.Text(l, "quantity"), &n); err != nil {
				t.Fatal(err)
			}
			minutes += n
		}
	}
	net := fen(sandbox.Text(d, "account.balance.cash.amount")) - fen(sandbox.Text(d, "account.balance.arrears.amount"))
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"top-ups", sandbox.At(d, "account.topUps.totalCount"), c.topUps}, {"orders", sandbox.At(d, "account.orders.totalCount"), c.orders},
		{"minutes billed", minutes, c.minutes}, {"cash less arrears, in fen", net, 100*(c.paid-c.spent) - billed},
	} {
		if err := sandbox.Same(c.what, c.got, c.want); err != nil {
			t.Error(err)
		}
	}
}

// fen converts yuan with two decimals to fen.
func fen(amount string) (minor int) {
	_, _ = fmt.Sscan(strings.ReplaceAll(amount, ".", ""), &minor)
	return minor
}

func TestTheReleaseBeforeRunsOnTheMigratedDatabase(t *testing.T) {
	t.Parallel()
	before, err := previous.Build()
	if errors.Is(err, previous.ErrAbsent) { // then only ent/migrate checks that migrations only add
		t.Log(err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	this, err := process.Build()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []string{"sqlite", "mariadb"} {
		t.Run("9: on "+e+" the release before orders, reports usage and tops up beside this one, and all of it is billed", func(t *testing.T) {
			t.Parallel()
			database := ""
			if e == "mariadb" {
				database = engine.EmptyMariaDB(t)
			}
			beside(t, before, this, database)
		})
	}
}

func beside(t *testing.T, before, this, database string) {
	ctx, data := t.Context(), t.TempDir()
	old := start(t, before, data, database)
	if err := old.play.SignInOperator(ctx); err != nil {
		t.Fatal(err)
	}
	plans := old.plans(ctx, t)
	a := old.join(ctx, t)
	now := time.Now()
	old.work(ctx, t, a, plans, now)

	// The database is migrated while the previous release serves it.
	migrate := exec.Command(this, "migrate", "--sandbox", "--data", data, "--database", database)
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("portico migrate: %v: %s", err, out)
	}
	old.work(ctx, t, a, plans, now)
	b := old.join(ctx, t)

	young := start(t, this, data, database)
	if err := young.play.SignInOperator(ctx); err != nil {
		t.Fatal(err)
	}
	c := young.join(ctx, t)
	now = time.Now() // every service is running
	// Each release in turn bills the usage that the other one recorded.
	for round, by := range []*side{old, young, old, young} {
		for _, who := range []*customer{a, b, c} {
			old.work(ctx, t, who, plans, now)
			young.work(ctx, t, who, plans, now)
		}
		now = by.pass(ctx, t, now.Truncate(time.Hour).Add(time.Duration(80)*time.Minute))
		for _, s := range []*side{old, young} {
			for _, who := range []*customer{a, b, c} {
				s.holds(ctx, t, who)
			}
		}
		if t.Failed() {
			t.Fatalf("after round %d", round)
		}
	}
	for _, command := range []string{"ledger", "standing"} {
		if err := young.Check(command); err != nil {
			t.Error(err)
		}
	}
}

func TestReleasedMigrationsNeverChange(t *testing.T) {
	r, err := previous.Read()
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"mysql", "sqlite"} {
		for _, name := range r.Migrations {
			file := "ent/migrate/" + folder + "/" + name + ".sql"
			t.Run("9: "+file, func(t *testing.T) {
				was, err := r.File(file)
				if errors.Is(err, previous.ErrAbsent) {
					t.Log(err)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				is, err := os.ReadFile("../../" + file)
				if err != nil || !bytes.Equal(is, was) {
					t.Errorf("it differs from the released one, %v", err)
				}
			})
		}
	}
}
