package proof_test

import (
	"fmt"
	"time"

	"portico/ent"
	"portico/portal/compliance/sealed"
	"portico/portaltest"
)

// operation states how one operation of the API is tried.
type operation struct {
	// args returns its arguments for an account, as the actor sends them.
	args func(s *stage, x *side, by *portaltest.Actor) map[string]any
	// done is called after the operation succeeded. It replaces what the
	// operation used up.
	done func(x *side, by *portaltest.Actor)
	// everyones is true for operations that are about no account.
	everyones bool
}

func inputOf(in input) map[string]any { return map[string]any{"input": in} }

// matter returns an input of sealAccesses.
func (x *side) matter() input {
	return input{"accountId": x.account, "ground": "FRAUD_CLUE", "reference": "F-1", "reason": "A clue is looked into."}
}

// seal returns a seal in force that the system made.
func (x *side) seal() string {
	return x.keep("seal", func() string { return do(x, sealed.SealAccesses, x.matter()).Seal.ID })
}

func uses(names ...string) func(*side, *portaltest.Actor) {
	return func(x *side, _ *portaltest.Actor) { x.used(names...) }
}

// operations are all operations of the API. An operation that is missing here
// fails the matrix.
var operations = map[string]operation{
	"node": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any { return map[string]any{"id": x.account} }},
	"nodes": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return map[string]any{"ids": []string{x.service(), x.payer()}}
	}},
	"viewer":        {everyones: true, args: none},
	"account":       {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any { return map[string]any{"id": x.account} }},
	"verifications": {everyones: true, args: none},
	"terms":         {everyones: true, args: func(*stage, *side, *portaltest.Actor) map[string]any { return map[string]any{"kind": "SERVICE_TERMS"} }},
	"comingTerms":   {everyones: true, args: func(*stage, *side, *portaltest.Actor) map[string]any { return map[string]any{"kind": "SERVICE_TERMS"} }},
	"termsHistory":  {everyones: true, args: func(*stage, *side, *portaltest.Actor) map[string]any { return map[string]any{"kind": "SERVICE_TERMS"} }},
	"closingPreview": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return map[string]any{"accountId": x.account}
	}},
	"accessSeals": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		x.seal()
		return map[string]any{"accountId": x.account}
	}},
	"products":             {everyones: true, args: none},
	"grantablePermissions": {everyones: true, args: none},
	"topUps":               {everyones: true, args: none},
	"ledgerDigest": {everyones: true, args: func(s *stage, _ *side, _ *portaltest.Actor) map[string]any {
		s.sealed()
		return map[string]any{}
	}},
	"payers":               {everyones: true, args: none},
	"payments":             {everyones: true, args: none},
	"unattributedPayments": {everyones: true, args: none},
	"invoices":             {everyones: true, args: none},
	"applicationDeletionPreview": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return map[string]any{"applicationId": x.application()}
	}},
	"usagePeriods": {everyones: true, args: none},
	"orderPreview": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		in := x.ordered()
		delete(in, "expectedTotal")
		return inputOf(in)
	}},
	"entitlement": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return map[string]any{"applicationId": x.served(), "metric": "im.registered_users"}
	}},
	"sandboxMessages": {everyones: true, args: none},

	"createCaptcha": {everyones: true, args: func(*stage, *side, *portaltest.Actor) map[string]any { return inputOf(input{"purpose": "REGISTER"}) }},
	"requestPhoneCode": {everyones: true, args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
		id, answer := s.Captcha("REGISTER")
		return inputOf(input{"phone": fmt.Sprintf("+8613700%06d", x.serial()), "purpose": "REGISTER", "captchaId": id, "captchaAnswer": answer})
	}},
	"register": {everyones: true, args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(s.RegisterInput(fmt.Sprint("Newcomer ", x.serial())))
	}},
	"signIn": {everyones: true, args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
		p := s.Person(fmt.Sprint("Signer ", x.serial()))
		return inputOf(input{"login": p.Phone, "password": portaltest.Password})
	}},
	"refreshSession": {everyones: true, args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"refreshToken": s.Begin(s.Person(fmt.Sprint("Refresher ", x.serial())))})
	}},
	"signOut": {everyones: true, args: func(*stage, *side, *portaltest.Actor) map[string]any { return inputOf(input{"everywhere": false}) },
		done: func(x *side, by *portaltest.Actor) { x.Begin(by) }},
	"verifyEmail": {everyones: true, args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"token": s.Message(s.Person(fmt.Sprint("Mailer ", x.serial())).Email).Token})
	}},
	"resendEmailVerification": {everyones: true, args: func(*stage, *side, *portaltest.Actor) map[string]any {
		return inputOf(input{"email": "nobody@example.com"})
	}},
	"changePassword": {everyones: true, args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
		x.renew(by)
		return inputOf(input{"currentPassword": portaltest.Password, "newPassword": "quite another staple 58"})
	}, done: func(x *side, by *portaltest.Actor) { x.restore(by) }},
	"updateProfile": {everyones: true, args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
		name := "Nobody"
		if by != nil {
			name = by.Name
		}
		return inputOf(input{"name": name})
	}},
	"changePhone": {everyones: true, args: func(s *stage, x *side, by *portaltest.Actor) map[string]any {
		x.renew(by)
		phone := fmt.Sprintf("+8613701%06d", x.serial())
		return inputOf(input{"phone": phone, "code": s.Code(phone, "CHANGE_PHONE"), "currentPassword": portaltest.Password})
	}, done: func(x *side, by *portaltest.Actor) { x.readdress(by) }},
	"changeEmail": {everyones: true, args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
		x.renew(by)
		return inputOf(input{"email": fmt.Sprintf("changed.%d@example.com", x.serial()), "currentPassword": portaltest.Password})
	}, done: func(x *side, by *portaltest.Actor) { x.readdress(by) }},
	"undoEmailChange": {everyones: true, args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"token": s.replaced(s.Person(fmt.Sprint("Mover ", x.serial())))})
	}},
	"signInWithCode": {everyones: true, args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
		p := s.Person(fmt.Sprint("Coded ", x.serial()))
		return inputOf(input{"phone": p.Phone, "code": s.Code(p.Phone, "SIGN_IN")})
	}},
	"revokeOtherSessions": {everyones: true, args: func(*stage, *side, *portaltest.Actor) map[string]any { return inputOf(input{}) }},
	"setSessionPolicy": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"accountId": x.account, "lifetimeMinutes": 43_200, "idleMinutes": 43_200})
	}},
	"exportAudit": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		x.write(func(tx *ent.Tx) error { // so that none of them is the 21st
			_, err := tx.Export.Delete().Exec(tx)
			return err
		})
		return inputOf(input{"accountId": x.account, "format": "CSV"})
	}},
	"setSecondFactorPolicy": {args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
		x.app(by, true)
		return inputOf(input{"accountId": x.account, "scope": "NOBODY"})
	}, done: unconfirmed},
	"revokeSession": {everyones: true, args: func(s *stage, x *side, by *portaltest.Actor) map[string]any {
		return inputOf(input{"sessionId": x.spare(by)})
	}},
	"addTotp": {everyones: true, args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
		x.rest()
		x.factorless(by)
		return inputOf(input{"name": "Phone", "currentPassword": portaltest.Password})
	}},
	"confirmTotp": {everyones: true, args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
		return inputOf(input{"secondFactorId": x.app(by, false), "code": x.shown()})
	}, done: unconfirmed},
	"beginPasskey": {everyones: true, args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
		x.rest()
		x.factorless(by)
		return inputOf(input{"name": "Laptop", "currentPassword": portaltest.Password})
	}},
	"finishPasskey": {everyones: true, args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
		x.rest()
		x.factorless(by)
		return inputOf(x.adding(by))
	}, done: unconfirmed},
	"beginPasskeySignIn": {everyones: true, args: func(*stage, *side, *portaltest.Actor) map[string]any { return inputOf(input{}) }},
	"finishPasskeySignIn": {everyones: true, args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(x.entering())
	}},
	"beginPasskeyStepUp": {everyones: true, args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
		x.passkey(by)
		return inputOf(input{})
	}, done: unconfirmed},
	"removeSecondFactor": {everyones: true, args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
		return inputOf(input{"secondFactorId": x.app(by, true)})
	}, done: unconfirmed},
	"replaceRecoveryCodes": {everyones: true, args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
		x.app(by, true)
		return inputOf(input{"confirm": true})
	}, done: unconfirmed},
	"stepUp": {everyones: true, args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
		x.app(by, true)
		return inputOf(input{"method": "TOTP", "code": x.shown()})
	}, done: unconfirmed},
	"answerChallenge": {everyones: true, args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"challengeId": x.challenge(), "method": "TOTP", "code": x.shown()})
	}},
	"updateAccount": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"accountId": x.account, "displayName": fmt.Sprint("Shop ", x.serial())})
	}},
	"resetPassword": {everyones: true, args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
		p := s.Person(fmt.Sprint("Forgetter ", x.serial()))
		return inputOf(input{"phone": p.Phone, "code": s.Code(p.Phone, "RESET_PASSWORD"), "newPassword": "quite another staple 58"})
	}},

	"submitVerification": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		x.withdraw()
		return inputOf(x.papers())
	}},
	"reviewVerification": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"verificationId": x.reviewed(), "decision": "REJECT", "reason": "Illegible."})
	}, done: uses("verification")},
	"overrideFigure": {args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"accountId": x.account, "figure": "arrears.grace_days", "value": "10", "agreementNumber": fmt.Sprint("C-", x.serial()),
			"from": s.Portal.Store.Now().Add(time.Duration(x.serial()) * time.Hour).Format(time.RFC3339)})
	}},
	"overridePrice": {args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"accountId": x.account, "planId": x.plan("rtc-payg"), "metric": "rtc.minutes", "unitPrice": "0.02", "agreementNumber": fmt.Sprint("P-", x.serial()),
			"from": s.Portal.Store.Now().Truncate(time.Hour).Add(time.Duration(x.serial()) * time.Hour).Format(time.RFC3339)})
	}},
	"sealAccesses": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any { return inputOf(x.matter()) }},
	"liftSeal": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"sealId": x.seal()})
	}, done: uses("seal")},
	// A further account would give every actor a role on its own account, and a
	// closed account would break all that follows. So both are tried with a
	// refusal.
	"openAccount": {everyones: true, args: func(s *stage, _ *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"companyName": "Further Ltd", "subjectKind": "LEGAL_PERSON", "declaresFullCapacity": false, "exportDeclaration": true, "acceptedTermsIds": s.TermsIDs()})
	}},
	"declineTerms": {args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"accountId": x.account, "termsId": s.termsID, "confirm": false})
	}},
	"startTopUp": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"accountId": x.account, "channel": "SANDBOX", "amount": yuan("10.00")})
	}},
	"completeSandboxPayment": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"topUpId": x.pending(), "payerName": x.name + " Ltd"})
	}, done: uses("top-up")},
	"designatePayer": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"accountId": x.account, "name": fmt.Sprint("Aunt ", x.serial()), "proof": "A contract."})
	}},
	"reviewPayer": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"payerId": x.payer(), "decision": "APPROVE"})
	}, done: uses("payer")},
	"decidePayment": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"paymentId": x.suspended(), "decision": "CREDIT", "reason": "A letter."})
	}, done: uses("suspense")},
	"extendGrace": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		x.arrears()
		return inputOf(input{"accountId": x.account, "days": 10, "reason": "A plan to pay."})
	}, done: func(x *side, _ *portaltest.Actor) { x.paid() }},
	"requestInvoice": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any { return inputOf(x.claim()) }},
	"withdrawInvoice": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"invoiceId": x.invoice()})
	}, done: uses("invoice")},
	"approveInvoice": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"invoiceId": x.invoice()})
	}, done: uses("invoice")},
	"rejectInvoice": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"invoiceId": x.invoice(), "reason": "The title is out of date."})
	}, done: uses("invoice")},
	"issueInvoice": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"invoiceId": x.approved()})
	}, done: uses("approved invoice")},
	"placeOrder": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any { return inputOf(x.ordered()) }, done: uses("application")},
	"createApplication": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"accountId": x.account, "name": fmt.Sprint("App ", x.serial()), "kind": "GAME", "region": "MAINLAND"})
	}},
	"deleteApplication": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"applicationId": x.application()})
	}, done: uses("application")},
	"closeService": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"serviceId": x.service()})
	}, done: uses("service", "order")},
	"reportUsage": {args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"events": []any{input{"source": "proof", "eventId": fmt.Sprint("event-", x.serial()), "applicationId": x.served(),
			"metric": "im.registered_users", "quantity": "7", "at": s.Portal.Store.Now().Format(time.RFC3339)}}})
	}},
	"publicNotices": {everyones: true, args: none},
	"publishNotice": {everyones: true, args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(announcement(x))
	}},
	"markNoticesRead": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"accountId": x.account, "noticeIds": []any{x.notice()}})
	}},
	"advanceClock": {everyones: true, args: func(s *stage, _ *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"to": s.Portal.Store.Now().Add(time.Millisecond).Format(time.RFC3339Nano)})
	}},
	// The last one, since it lifts what the terms forbid.
	"acceptTerms": {args: func(s *stage, x *side, _ *portaltest.Actor) map[string]any {
		return inputOf(input{"accountId": x.account, "termsId": s.termsID})
	}},
}

func none(*stage, *side, *portaltest.Actor) map[string]any { return map[string]any{} }
