package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"portico/examples/sandbox"
)

type object = sandbox.Object

// play is one run: what it has learned so far.
type play struct {
	*sandbox.Play
	owner, employee            *sandbox.Registered
	plans                      map[string]string
	application, number        string
	now, began                 time.Time
	hired, invitation, invoice string
	financeRole, developerRole string
	notice, cursor             string
	events                     int
}

func (p *play) all(ctx context.Context) error {
	return p.Run(ctx, []sandbox.Station{
		{Name: "read the price list and the public notices", Do: p.look},
		{Name: "sign in as an operator", Do: p.SignInOperator},
		{Name: "let the month begin", Do: p.begin},
		{Name: "register a company, and have it approved", Do: p.join},
		{Name: "top up 2,000.00 and order the flagship: cash 500.00", Do: p.order},
		{Name: "open the metered products", Do: p.openMetered},
		{Name: "1,234.5 minutes in an hour are 34.57: cash 465.43 (3.4)", Do: p.hour},
		{Name: "usage of a closed period is owed all the same, in the next bill (3.4)", Do: p.late},
		{Name: "123,456 pushes in a day are 43.21: cash 422.22 (3.4)", Do: p.day},
		{Name: "20,000 minutes are 560.00: 137.78 are owed, what is metered in real time and the third party's stop at once (3.8)", Do: p.arrears},
		{Name: "for seven days the flagship and the daily push go on (3.8)", Do: p.seventh},
		{Name: "on the eighth day they stop (3.8)", Do: p.eighth},
		{Name: "200.00 pay the arrears first: cash 62.22, everything resumes (5.10)", Do: p.settle},
		{Name: "invite an employee for the finances (1.5)", Do: p.invite},
		{Name: "the employee accepts", Do: p.accept},
		{Name: "the employee may not order (1.5)", Do: p.limits},
		{Name: "the employee asks for an invoice over 2,000.00 (3.9)", Do: p.ask},
		{Name: "an operator approves it before the 25th, and issues it this month (3.9)", Do: p.issue},
		{Name: "the invoice can be downloaded; 137.78 stay invoiceable", Do: p.download},
		{Name: "maintenance is announced 24 hours ahead, and read live (9.3)", Do: p.announce},
		{Name: "the notice is read", Do: p.read},
		{Name: "the employee gets another role, and leaves (1.5)", Do: p.leave},
		{Name: "the audit tells who did what (1.2)", Do: p.audit},
		{Name: "read the overview", Do: p.overview},
		{Name: "sign out", Do: p.signOut},
	})
}

// zone is that of the standard agreement.
var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

var month = object{"unit": "MONTH", "count": 1}

func (p *play) look(ctx context.Context) error {
	d, err := p.Send(ctx, "", "PriceList", nil)
	if err != nil {
		return err
	}
	p.plans = map[string]string{}
	products, _ := sandbox.At(d, "products.nodes").([]any)
	for _, product := range products {
		plans, _ := sandbox.At(product, "plans").([]any)
		for _, plan := range plans {
			p.plans[sandbox.Text(plan, "code")] = sandbox.Text(plan, "id")
			p.Say("%s: %s %s", sandbox.Text(plan, "name"), sandbox.Text(plan, "prices.0.unitPrice"), sandbox.Text(plan, "prices.0.currency"))
		}
	}
	for _, code := range []string{"im-flagship", "rtc-payg", "push-payg", "sms-partner"} {
		if p.plans[code] == "" {
			return fmt.Errorf("the demonstration catalogue has no %s", code)
		}
	}
	d, err = p.Send(ctx, "", "PublicNotices", nil)
	if err != nil {
		return err
	}
	notices, _ := sandbox.At(d, "publicNotices.edges").([]any)
	p.Say("%d public notices", len(notices))
	return nil
}

// advance moves the sandbox's clock forward, and runs what falls due.
func (p *play) advance(ctx context.Context, to time.Time) error {
	payload, err := p.Done(ctx, p.Operator, "AdvanceClock", sandbox.In(object{"to": to.UTC().Format(time.RFC3339)}))
	if err != nil {
		return err
	}
	p.now, err = time.Parse(time.RFC3339Nano, sandbox.Text(payload, "now"))
	p.Say("it is %s; %v jobs ran", p.now.In(zone).Format("2 January, 15:04"), sandbox.At(payload, "jobsRun"))
	return err
}

// begin goes to the second day of the next month, so that the month's cut-off
// lies ahead.
func (p *play) begin(ctx context.Context) error {
	now := time.Now()
	for range 600 { // the sandbox's clock may be ahead of this machine's
		next := time.Date(now.In(zone).Year(), now.In(zone).Month()+1, 2, 8, 30, 0, 0, zone)
		err := p.advance(ctx, next)
		if err == nil || !strings.Contains(err.Error(), "CLOCK_BACKWARDS") {
			return err
		}
		now = next
	}
	return fmt.Errorf("the sandbox's clock is too far ahead")
}

func (p *play) join(ctx context.Context) (err error) {
	p.owner, err = p.Register(ctx, "林一", "柏林示例科技"+sandbox.Unique(4)+"有限公司")
	if err != nil {
		return err
	}
	if err := p.VerifyEmail(ctx, p.owner); err != nil {
		return err
	}
	p.number = sandbox.CreditCode()
	payload, err := p.Done(ctx, p.owner.Token, "SubmitVerification", sandbox.In(object{"accountId": p.owner.Account, "kind": "MAINLAND_COMPANY",
		"legalName": p.owner.Company, "country": "CN", "registrationNumber": p.number}))
	if err != nil {
		return err
	}
	payload, err = p.Done(ctx, p.Operator, "ReviewVerification", sandbox.In(object{"verificationId": sandbox.Text(payload, "verification.id"), "decision": "APPROVE"}))
	if err != nil {
		return err
	}
	if err := sandbox.Same("the verification", sandbox.Text(payload, "verification.status"), "APPROVED"); err != nil {
		return err
	}
	payload, err = p.Done(ctx, p.owner.Token, "CreateApplication", sandbox.In(object{"accountId": p.owner.Account, "name": "Chat", "kind": "SOCIAL", "region": "MAINLAND"}))
	p.application = sandbox.Text(payload, "application.id")
	return err
}

func (p *play) topUp(ctx context.Context, amount string) error {
	payload, err := p.Done(ctx, p.owner.Token, "StartTopUp", object{"input": object{"accountId": p.owner.Account, "amount": sandbox.Money(amount), "channel": "SANDBOX"}, "key": amount + p.owner.Account})
	if err != nil {
		return err
	}
	payload, err = p.Done(ctx, p.owner.Token, "CompleteSandboxPayment", sandbox.In(object{"topUpId": sandbox.Text(payload, "topUp.id"), "payerName": p.owner.Company}))
	if err != nil {
		return err
	}
	return sandbox.Same("the top-up", sandbox.Text(payload, "topUp.status"), "CREDITED")
}

func (p *play) place(ctx context.Context, plan, total string, term any) error {
	o := object{"accountId": p.owner.Account, "planId": p.plans[plan], "applicationId": p.application, "expectedTotal": sandbox.Money(total)}
	if term != nil {
		o["term"] = term
	}
	payload, err := p.Done(ctx, p.owner.Token, "PlaceOrder", object{"input": o, "key": plan + p.owner.Account})
	if err != nil {
		return err
	}
	p.Say("%s: order %s, service %s", plan, sandbox.Text(payload, "order.number"), sandbox.Text(payload, "order.service.status"))
	return nil
}

// account reads the overview, as the owner.
func (p *play) account(ctx context.Context) (any, error) {
	d, err := p.Send(ctx, p.owner.Token, "Overview", object{"id": p.owner.Account})
	return sandbox.At(d, "account"), err
}

// expect compares the balance and the services' statuses with what they should
// be, and returns the overview.
func (p *play) expect(ctx context.Context, cash, arrears, running, suspended string) (any, error) {
	a, err := p.account(ctx)
	if err != nil {
		return nil, err
	}
	var runs, stands []string
	services, _ := sandbox.At(a, "services.nodes").([]any)
	for _, s := range services {
		code, _, _ := strings.Cut(sandbox.Text(s, "plan.code"), "-")
		switch sandbox.Text(s, "status") {
		case "RUNNING":
			runs = append(runs, code)
		case "SUSPENDED":
			stands = append(stands, code)
		}
	}
	p.Say("cash %s, arrears %s; running: %s; stopped: %s", sandbox.Text(a, "balance.cash.amount"), sandbox.Text(a, "balance.arrears.amount"),
		strings.Join(runs, " "), strings.Join(stands, " "))
	for _, c := range [][3]string{{"cash", sandbox.Text(a, "balance.cash.amount"), cash}, {"arrears", sandbox.Text(a, "balance.arrears.amount"), arrears},
		{"what runs", strings.Join(runs, " "), running}, {"what is stopped", strings.Join(stands, " "), suspended}} {
		if err := sandbox.Same(c[0], c[1], c[2]); err != nil {
			return nil, err
		}
	}
	return a, nil
}
