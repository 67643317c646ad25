package main

import (
	"context"
	"fmt"
)

func (p *play) look(ctx context.Context) error {
	d, err := p.send(ctx, "", "PriceList", nil)
	if err != nil {
		return err
	}
	products, _ := at(d, "products.nodes").([]any)
	for _, product := range products {
		plans, _ := at(product, "plans").([]any)
		for _, plan := range plans {
			switch text(plan, "code") {
			case "im-flagship":
				p.flagship = text(plan, "id")
				p.say("%s: %s %s a month", text(plan, "name"), text(plan, "prices.0.unitPrice"), text(plan, "prices.0.currency"))
			case "im-developer":
				p.developer = text(plan, "id")
				p.say("%s: at most %s of %s (clause %s)", text(plan, "name"), text(plan, "limits.0.quantity"), text(plan, "limits.0.metric"), text(plan, "limits.0.clause"))
			}
		}
	}
	if p.flagship == "" || p.developer == "" {
		return fmt.Errorf("the demonstration catalogue isn't there")
	}
	return nil
}

func (p *play) signInOperator(ctx context.Context) error {
	for _, l := range p.logins.People {
		if len(l.Roles) == 0 {
			continue
		}
		payload, err := p.done(ctx, "", "SignIn", in(object{"login": l.Phone, "password": l.Password}))
		if err != nil {
			return err
		}
		p.operator = text(payload, "session.accessToken")
	}
	d, err := p.send(ctx, p.operator, "Me", nil)
	if err != nil {
		return err
	}
	p.say("roles: %v", at(d, "viewer.operator.roles"))
	return nil
}

func (p *play) register(ctx context.Context) error {
	p.phone, p.company, p.password = "+86137"+unique(8), "柏林示例科技"+unique(4)+"有限公司", "four-plain-words-"+unique(6)
	p.email = "owner." + unique(8) + "@example.com"
	captcha, err := p.done(ctx, "", "CreateCaptcha", in(object{"purpose": "REGISTER"}))
	if err != nil {
		return err
	}
	id := text(captcha, "captcha.id")
	m, err := p.message(ctx, id)
	if err != nil {
		return err
	}
	_, err = p.done(ctx, "", "RequestPhoneCode", in(object{"phone": p.phone, "purpose": "REGISTER", "captchaId": id, "captchaAnswer": text(m, "code")}))
	if err != nil {
		return err
	}
	if m, err = p.message(ctx, p.phone); err != nil {
		return err
	}
	var terms []string
	for _, kind := range []string{"SERVICE_TERMS", "PRIVACY_POLICY"} {
		d, err := p.send(ctx, "", "Terms", object{"kind": kind})
		if err != nil {
			return err
		}
		terms = append(terms, text(d, "terms.id"))
		p.say("accepts %s, version %s", text(d, "terms.title"), text(d, "terms.version"))
	}
	payload, err := p.done(ctx, "", "Register", in(object{"phone": p.phone, "code": text(m, "code"), "password": p.password,
		"personName": "林一", "companyName": p.company, "email": p.email, "subjectKind": "LEGAL_PERSON",
		"declaresFullCapacity": true, "exportDeclaration": true, "acceptedTermsIds": terms}))
	if err != nil {
		return err
	}
	p.owner, p.refresh = text(payload, "session.accessToken"), text(payload, "session.refreshToken")
	p.account = text(payload, "account.id")
	p.say("account %s, %s", text(payload, "account.number"), text(payload, "account.status"))
	return same("the account's status", text(payload, "account.status"), "PENDING")
}

func (p *play) verifyEmail(ctx context.Context) error {
	m, err := p.message(ctx, p.email)
	if err != nil {
		return err
	}
	payload, err := p.done(ctx, "", "VerifyEmail", in(object{"token": text(m, "token")}))
	if err != nil {
		return err
	}
	return same("emailVerified", at(payload, "person.emailVerified"), true)
}

func (p *play) ordering(plan string, term any, total string) object {
	o := object{"accountId": p.account, "planId": plan, "applicationId": p.application, "expectedTotal": money(total)}
	if term != nil {
		o["term"] = term
	}
	return o
}

var month = object{"unit": "MONTH", "count": 1}

func (p *play) refusedUnverified(ctx context.Context) error {
	payload, err := p.done(ctx, p.owner, "CreateApplication", in(object{"accountId": p.account, "name": "Trial", "kind": "SOCIAL", "region": "MAINLAND"}))
	if err != nil {
		return err
	}
	p.application = text(payload, "application.id")
	_, err = p.refused(ctx, "PlaceOrder", object{"input": p.ordering(p.flagship, month, "1500.00"), "key": "early-" + p.account}, "VERIFICATION_REQUIRED", "5.2")
	return err
}

func (p *play) submit(ctx context.Context) error {
	wrong := object{"accountId": p.account, "kind": "MAINLAND_COMPANY", "legalName": p.company, "country": "CN", "registrationNumber": "911101080000000000"}
	d, err := p.send(ctx, p.owner, "SubmitVerification", in(wrong))
	if err != nil {
		return err
	}
	p.say("a number with a wrong check character: %s", text(d, "submitVerification.userErrors.0.message"))
	wrong["registrationNumber"] = creditCode()
	payload, err := p.done(ctx, p.owner, "SubmitVerification", in(wrong))
	if err != nil {
		return err
	}
	p.verification = text(payload, "verification.id")
	return same("the verification's status", text(payload, "verification.status"), "PENDING")
}

func (p *play) approve(ctx context.Context) error {
	d, err := p.send(ctx, p.operator, "VerificationQueue", nil)
	if err != nil {
		return err
	}
	queue, _ := at(d, "verifications.nodes").([]any)
	p.say("%d in the queue", len(queue))
	payload, err := p.done(ctx, p.operator, "ReviewVerification", in(object{"verificationId": p.verification, "decision": "APPROVE"}))
	if err != nil {
		return err
	}
	return same("the verification's status", text(payload, "verification.status"), "APPROVED")
}

func (p *play) createApplication(ctx context.Context) error {
	payload, err := p.done(ctx, p.owner, "CreateApplication", in(object{"accountId": p.account, "name": "Chat", "kind": "SOCIAL", "region": "MAINLAND"}))
	if err != nil {
		return err
	}
	p.application = text(payload, "application.id")
	return same("the application's status", text(payload, "application.status"), "ACTIVE")
}

func (p *play) shortfall(ctx context.Context) error {
	input := p.ordering(p.flagship, month, "1500.00")
	if _, err := p.refused(ctx, "PlaceOrder", object{"input": input, "key": "poor-" + p.account}, "INSUFFICIENT_BALANCE", "3.3"); err != nil {
		return err
	}
	delete(input, "expectedTotal")
	d, err := p.send(ctx, p.owner, "OrderPreview", in(input))
	if err != nil {
		return err
	}
	if err := same("the preview's refusal", text(d, "orderPreview.refusals.0.code"), "INSUFFICIENT_BALANCE"); err != nil {
		return err
	}
	return same("the preview's total", text(d, "orderPreview.total.amount"), "1500.00")
}

// limit fills the developer plan's hundred registered users (2.3).
func (p *play) limit(ctx context.Context) error {
	_, err := p.done(ctx, p.owner, "PlaceOrder", object{"input": p.ordering(p.developer, month, "0.00"), "key": "developer-" + p.account})
	if err != nil {
		return err
	}
	key := p.logins.DataPlaneKey
	if err := p.learnTime(ctx); err != nil {
		return err
	}
	report := func(level string) (object, error) {
		return p.done(ctx, key, "ReportUsage", in(object{"events": []any{object{"source": "im", "eventId": p.application + "-" + level,
			"applicationId": p.application, "metric": "im.registered_users", "quantity": level, "at": p.at}}}))
	}
	payload, err := report("100")
	if err != nil {
		return err
	}
	if err := same("accepted", at(payload, "accepted"), 1); err != nil {
		return err
	}
	d, err := p.send(ctx, key, "Entitlement", object{"applicationId": p.application, "metric": "im.registered_users"})
	if err != nil {
		return err
	}
	p.say("at %s of %s: allowed %v, by clause %s: %s", text(d, "entitlement.used"), text(d, "entitlement.limit"), at(d, "entitlement.allowed"), text(d, "entitlement.clause"), text(d, "entitlement.remedy.description"))
	if err := same("allowed at 100", at(d, "entitlement.allowed"), false); err != nil {
		return err
	}
	if payload, err = report("101"); err != nil {
		return err
	}
	return same("the 101st is rejected by", text(payload, "rejected.0.clause"), "2.3")
}

// learnTime learns an instant at which the service surely ran: the sandbox's
// clock may be ahead of the wall's.
func (p *play) learnTime(ctx context.Context) error {
	d, err := p.post(ctx, p.owner, `query($id: ID!) { account(id: $id) { services { nodes { openedAt } } } }`, object{"id": p.account})
	if err != nil {
		return err
	}
	p.at = text(d, "account.services.nodes.0.openedAt")
	return nil
}
