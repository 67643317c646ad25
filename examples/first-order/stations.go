package main

import (
	"context"
	"fmt"

	"portico/examples/sandbox"
)

func (p *play) look(ctx context.Context) error {
	d, err := p.Send(ctx, "", "PriceList", nil)
	if err != nil {
		return err
	}
	products, _ := sandbox.At(d, "products.nodes").([]any)
	for _, product := range products {
		plans, _ := sandbox.At(product, "plans").([]any)
		for _, plan := range plans {
			switch sandbox.Text(plan, "code") {
			case "im-flagship":
				p.flagship = sandbox.Text(plan, "id")
				p.Say("%s: %s %s a month", sandbox.Text(plan, "name"), sandbox.Text(plan, "prices.0.unitPrice"), sandbox.Text(plan, "prices.0.currency"))
			case "im-developer":
				p.developer = sandbox.Text(plan, "id")
				p.Say("%s: at most %s of %s (clause %s)", sandbox.Text(plan, "name"), sandbox.Text(plan, "limits.0.quantity"), sandbox.Text(plan, "limits.0.metric"), sandbox.Text(plan, "limits.0.clause"))
			}
		}
	}
	if p.flagship == "" || p.developer == "" {
		return fmt.Errorf("the demonstration catalogue isn't there")
	}
	return nil
}

func (p *play) register(ctx context.Context) (err error) {
	p.owner, err = p.Register(ctx, "林一", "柏林示例科技"+sandbox.Unique(4)+"有限公司")
	return err
}

func (p *play) verifyEmail(ctx context.Context) error { return p.VerifyEmail(ctx, p.owner) }

func (p *play) ordering(plan string, term any, total string) object {
	o := object{"accountId": p.owner.Account, "planId": plan, "applicationId": p.application, "expectedTotal": sandbox.Money(total)}
	if term != nil {
		o["term"] = term
	}
	return o
}

var month = object{"unit": "MONTH", "count": 1}

func (p *play) refusedUnverified(ctx context.Context) error {
	payload, err := p.Done(ctx, p.owner.Token, "CreateApplication", sandbox.In(object{"accountId": p.owner.Account, "name": "Trial", "kind": "SOCIAL", "region": "MAINLAND"}))
	if err != nil {
		return err
	}
	p.application = sandbox.Text(payload, "application.id")
	_, err = p.refused(ctx, "PlaceOrder", object{"input": p.ordering(p.flagship, month, "1500.00"), "key": "early-" + p.owner.Account}, "VERIFICATION_REQUIRED", "5.2")
	return err
}

func (p *play) submit(ctx context.Context) error {
	wrong := object{"accountId": p.owner.Account, "kind": "MAINLAND_COMPANY", "legalName": p.owner.Company, "country": "CN", "registrationNumber": "911101080000000000"}
	d, err := p.Send(ctx, p.owner.Token, "SubmitVerification", sandbox.In(wrong))
	if err != nil {
		return err
	}
	p.Say("a number with a wrong check character: %s", sandbox.Text(d, "submitVerification.userErrors.0.message"))
	wrong["registrationNumber"] = sandbox.CreditCode()
	payload, err := p.Done(ctx, p.owner.Token, "SubmitVerification", sandbox.In(wrong))
	if err != nil {
		return err
	}
	p.verification = sandbox.Text(payload, "verification.id")
	return sandbox.Same("the verification's status", sandbox.Text(payload, "verification.status"), "PENDING")
}

func (p *play) approve(ctx context.Context) error {
	d, err := p.Send(ctx, p.Operator, "VerificationQueue", nil)
	if err != nil {
		return err
	}
	queue, _ := sandbox.At(d, "verifications.nodes").([]any)
	p.Say("%d in the queue", len(queue))
	payload, err := p.Done(ctx, p.Operator, "ReviewVerification", sandbox.In(object{"verificationId": p.verification, "decision": "APPROVE"}))
	if err != nil {
		return err
	}
	return sandbox.Same("the verification's status", sandbox.Text(payload, "verification.status"), "APPROVED")
}

func (p *play) createApplication(ctx context.Context) error {
	payload, err := p.Done(ctx, p.owner.Token, "CreateApplication", sandbox.In(object{"accountId": p.owner.Account, "name": "Chat", "kind": "SOCIAL", "region": "MAINLAND"}))
	if err != nil {
		return err
	}
	p.application = sandbox.Text(payload, "application.id")
	return sandbox.Same("the application's status", sandbox.Text(payload, "application.status"), "ACTIVE")
}

func (p *play) shortfall(ctx context.Context) error {
	input := p.ordering(p.flagship, month, "1500.00")
	if _, err := p.refused(ctx, "PlaceOrder", object{"input": input, "key": "poor-" + p.owner.Account}, "INSUFFICIENT_BALANCE", "3.3"); err != nil {
		return err
	}
	delete(input, "expectedTotal")
	d, err := p.Send(ctx, p.owner.Token, "OrderPreview", sandbox.In(input))
	if err != nil {
		return err
	}
	if err := sandbox.Same("the preview's refusal", sandbox.Text(d, "orderPreview.refusals.0.code"), "INSUFFICIENT_BALANCE"); err != nil {
		return err
	}
	return sandbox.Same("the preview's total", sandbox.Text(d, "orderPreview.total.amount"), "1500.00")
}

// limit fills the developer plan's hundred registered users (2.3).
func (p *play) limit(ctx context.Context) error {
	_, err := p.Done(ctx, p.owner.Token, "PlaceOrder", object{"input": p.ordering(p.developer, month, "0.00"), "key": "developer-" + p.owner.Account})
	if err != nil {
		return err
	}
	key := p.Logins.DataPlaneKey
	if err := p.learnTime(ctx); err != nil {
		return err
	}
	report := func(level string) (object, error) {
		return p.Done(ctx, key, "ReportUsage", sandbox.In(object{"events": []any{object{"source": "im", "eventId": p.application + "-" + level,
			"applicationId": p.application, "metric": "im.registered_users", "quantity": level, "at": p.instant}}}))
	}
	payload, err := report("100")
	if err != nil {
		return err
	}
	if err := sandbox.Same("accepted", sandbox.At(payload, "accepted"), 1); err != nil {
		return err
	}
	d, err := p.Send(ctx, key, "Entitlement", object{"applicationId": p.application, "metric": "im.registered_users"})
	if err != nil {
		return err
	}
	p.Say("at %s of %s: allowed %v, by clause %s: %s", sandbox.Text(d, "entitlement.used"), sandbox.Text(d, "entitlement.limit"), sandbox.At(d, "entitlement.allowed"), sandbox.Text(d, "entitlement.clause"), sandbox.Text(d, "entitlement.remedy.description"))
	if err := sandbox.Same("allowed at 100", sandbox.At(d, "entitlement.allowed"), false); err != nil {
		return err
	}
	if payload, err = report("101"); err != nil {
		return err
	}
	if err := sandbox.Same("the 101st is recorded: accepted", sandbox.At(payload, "accepted"), 1); err != nil {
		return err
	}
	if d, err = p.Send(ctx, key, "Entitlement", object{"applicationId": p.application, "metric": "im.registered_users"}); err != nil {
		return err
	}
	if err := sandbox.Same("used", sandbox.Text(d, "entitlement.used"), "101"); err != nil {
		return err
	}
	return sandbox.Same("one more is refused by", sandbox.Text(d, "entitlement.clause"), "2.3")
}

// learnTime learns an instant at which the service surely ran: the sandbox's
// clock may be ahead of the wall's.
func (p *play) learnTime(ctx context.Context) error {
	d, err := p.Post(ctx, p.owner.Token, `query($id: ID!) { account(id: $id) { services { nodes { openedAt } } } }`, object{"id": p.owner.Account})
	if err != nil {
		return err
	}
	p.instant = sandbox.Text(d, "account.services.nodes.0.openedAt")
	return nil
}
