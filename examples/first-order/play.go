package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// play is one run: what it has learned so far.
type play struct {
	*client
	logins *logins
	out    io.Writer
	// between is called after each station (the end-to-end test kills the server
	// there).
	between func(station string) error

	operator, owner, refresh                     string
	phone, email, company, password              string
	account, application, verification           string
	flagship, developer, service, order, orderNo string
	at                                           string
}

// station is one step of the way.
type station struct {
	name string
	do   func(*play, context.Context) error
}

var stations = []station{
	{"read the price list and the terms", (*play).look},
	{"sign in as an operator", (*play).signInOperator},
	{"register a company", (*play).register},
	{"verify the e-mail address", (*play).verifyEmail},
	{"be refused an order before approval (5.2)", (*play).refusedUnverified},
	{"submit the verification", (*play).submit},
	{"have it approved", (*play).approve},
	{"create an application", (*play).createApplication},
	{"be told the shortfall (3.3)", (*play).shortfall},
	{"run into the developer plan's limit (2.3)", (*play).limit},
	{"have a stranger's payment wait (3.5)", (*play).suspense},
	{"top up 2,000.00", (*play).topUp},
	{"be refused a changed price (3.4)", (*play).changedPrice},
	{"order the flagship for a month", (*play).placeOrder},
	{"send the order again", (*play).replay},
	{"read the overview", (*play).overview},
	{"close the service", (*play).closeService},
	{"refresh the session, and sign out", (*play).leave},
}

func (p *play) all(ctx context.Context) error {
	for i, s := range stations {
		fmt.Fprintf(p.out, "%2d  %s\n", i+1, s.name)
		if err := s.do(p, ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := p.between(s.name); err != nil {
			return err
		}
	}
	fmt.Fprintln(p.out, "All figures are as they should be.")
	return nil
}

func (p *play) say(format string, args ...any) { fmt.Fprintf(p.out, "      "+format+"\n", args...) }

// done sends a mutation that must not be refused and returns its payload.
func (p *play) done(ctx context.Context, token, operation string, variables object) (object, error) {
	d, err := p.send(ctx, token, operation, variables)
	if err != nil {
		return nil, err
	}
	for _, v := range d {
		payload, _ := v.(object)
		if list, _ := payload["userErrors"].([]any); len(list) > 0 {
			return nil, fmt.Errorf("refused: %v", list[0])
		}
		return payload, nil
	}
	return nil, errors.New("no payload")
}

// refused sends a mutation that must be refused with a code and a clause.
func (p *play) refused(ctx context.Context, operation string, variables object, code, clause string) (object, error) {
	d, err := p.send(ctx, p.owner, operation, variables)
	if err != nil {
		return nil, err
	}
	for _, v := range d {
		e := at(v, "userErrors.0")
		if text(e, "code") != code || text(e, "clause") != clause {
			return nil, fmt.Errorf("want %s by clause %s, got %v", code, clause, v)
		}
		p.say("refused by clause %s: %s", clause, text(e, "message"))
		p.say("what would lift it: %s (%v)", text(e, "remedy.description"), at(e, "remedy.operation"))
		return e.(object), nil
	}
	return nil, errors.New("no payload")
}

func same(what string, got, want any) error {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		return fmt.Errorf("%s is %v, want %v", what, got, want)
	}
	return nil
}

func in(fields object) object { return object{"input": fields} }

func money(amount string) object { return object{"amount": amount, "currency": "CNY"} }

// unique draws digits, so that the play can be run again on the same sandbox.
func unique(n int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	v, err := rand.Int(rand.Reader, limit)
	if err != nil {
		panic(err) // no entropy
	}
	return fmt.Sprintf("%0*d", n, v)
}

// creditCode is a unified social credit code with a right check character
// (GB 32100).
func creditCode() string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	body := "91110108" + unique(9)
	sum, weight := 0, 1
	for _, c := range body {
		sum += strings.IndexRune(alphabet, c) * weight
		weight = weight * 3 % 31
	}
	return body + string(alphabet[(31-sum%31)%31])
}

// message reads the newest message that the sandbox kept for somebody.
func (p *play) message(ctx context.Context, to string) (any, error) {
	d, err := p.send(ctx, p.operator, "SandboxMessages", object{"to": to})
	if err != nil {
		return nil, err
	}
	m := at(d, "sandboxMessages.nodes.0")
	if m == nil {
		return nil, fmt.Errorf("no message to %s", to)
	}
	return m, nil
}
