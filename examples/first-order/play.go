package main

import (
	"context"

	"portico/examples/sandbox"
)

type object = sandbox.Object

// play is one run: what it has learned so far.
type play struct {
	*sandbox.Play
	owner                                                 *sandbox.Registered
	application, verification                             string
	flagship, developer, service, order, orderNo, instant string
}

func (p *play) all(ctx context.Context) error {
	return p.Run(ctx, []sandbox.Station{
		{Name: "read the price list and the terms", Do: p.look},
		{Name: "sign in as an operator", Do: p.SignInOperator},
		{Name: "register a company", Do: p.register},
		{Name: "verify the e-mail address", Do: p.verifyEmail},
		{Name: "be refused an order before approval (5.2)", Do: p.refusedUnverified},
		{Name: "submit the verification", Do: p.submit},
		{Name: "have it approved", Do: p.approve},
		{Name: "create an application", Do: p.createApplication},
		{Name: "be told the shortfall (3.3)", Do: p.shortfall},
		{Name: "run into the developer plan's limit (2.3)", Do: p.limit},
		{Name: "have a stranger's payment wait (3.5)", Do: p.suspense},
		{Name: "top up 2,000.00", Do: p.topUp},
		{Name: "be refused a changed price (3.4)", Do: p.changedPrice},
		{Name: "order the flagship for a month", Do: p.placeOrder},
		{Name: "send the order again", Do: p.replay},
		{Name: "read the overview", Do: p.overview},
		{Name: "close the service", Do: p.closeService},
		{Name: "refresh the session, and sign out", Do: p.leave},
	})
}

// refused sends a mutation of the owner's that must be refused.
func (p *play) refused(ctx context.Context, operation string, variables object, code, clause string) (object, error) {
	return p.Refused(ctx, p.owner.Token, operation, variables, code, clause)
}
