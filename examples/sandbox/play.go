package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"strings"
	"time"
)

// Play is one run over stations.
type Play struct {
	*Client
	// Logins are the sandbox's.
	Logins *Logins
	// Out is where it prints what it sees.
	Out io.Writer
	// Between, if set, is called after each station (the end-to-end tests kill
	// the server there).
	Between func(station string) error
	// Operator is the token of the sandbox's operator.
	Operator string
}

// Logins are the demonstration logins that a sandbox keeps in its data folder.
type Logins struct {
	People []struct {
		Name, Phone, Password string
		Roles                 []string
	}
	DataPlaneKey string
}

// ReadLogins reads a sandbox's logins.json.
func ReadLogins(file string) (*Logins, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the sandbox's logins: %w", err)
	}
	var l Logins
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("the sandbox's logins: %w", err)
	}
	return &l, nil
}

// Endpoint is the API of a sandbox, given that or the address that it is at.
func Endpoint(url string) string {
	return strings.TrimSuffix(strings.TrimRight(url, "/"), "/graphql") + "/graphql"
}

// Open makes a play against the sandbox at a URL, with the logins of a file.
func Open(url, file string, out io.Writer) (*Play, error) {
	l, err := ReadLogins(file)
	if err != nil {
		return nil, err
	}
	return &Play{Client: &Client{URL: Endpoint(url), HTTP: &http.Client{Timeout: time.Minute}}, Logins: l, Out: out}, nil
}

// Station is one step of a play.
type Station struct {
	Name string
	Do   func(context.Context) error
}

// Run plays stations in their order; the first error ends it.
func (p *Play) Run(ctx context.Context, stations []Station) error {
	for i, s := range stations {
		fmt.Fprintf(p.Out, "%2d  %s\n", i+1, s.Name)
		if err := s.Do(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		if p.Between == nil {
			continue
		}
		if err := p.Between(s.Name); err != nil {
			return err
		}
	}
	fmt.Fprintln(p.Out, "All figures are as they should be.")
	return nil
}

// Say prints a line below the station.
func (p *Play) Say(format string, args ...any) { fmt.Fprintf(p.Out, "      "+format+"\n", args...) }

// Done sends a mutation of the contract that must not be refused and returns
// its payload.
func (p *Play) Done(ctx context.Context, token, operation string, variables Object) (Object, error) {
	d, err := p.Send(ctx, token, operation, variables)
	if err != nil {
		return nil, err
	}
	return payload(d)
}

// DonePost is Done with a document of one's own.
func (p *Play) DonePost(ctx context.Context, token, query string, variables Object) (Object, error) {
	d, err := p.Post(ctx, token, query, variables)
	if err != nil {
		return nil, err
	}
	return payload(d)
}

func payload(d Object) (Object, error) {
	for _, v := range d {
		payload, _ := v.(Object)
		if list, _ := payload["userErrors"].([]any); len(list) > 0 {
			return nil, fmt.Errorf("refused: %v", list[0])
		}
		return payload, nil
	}
	return nil, errors.New("no payload")
}

// Refused sends a mutation that must be refused with a code and a clause, and
// prints what would lift it.
func (p *Play) Refused(ctx context.Context, token, operation string, variables Object, code, clause string) (Object, error) {
	d, err := p.Send(ctx, token, operation, variables)
	if err != nil {
		return nil, err
	}
	for _, v := range d {
		e := At(v, "userErrors.0")
		if Text(e, "code") != code || Text(e, "clause") != clause {
			return nil, fmt.Errorf("want %s by clause %s, got %v", code, clause, v)
		}
		p.Say("refused by clause %s: %s", clause, Text(e, "message"))
		p.Say("what would lift it: %s (%v)", Text(e, "remedy.description"), At(e, "remedy.operation"))
		return e.(Object), nil
	}
	return nil, errors.New("no payload")
}

// Same is an error where two values differ as text.
func Same(what string, got, want any) error {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		return fmt.Errorf("%s is %v, want %v", what, got, want)
	}
	return nil
}

// In is the variables of an operation with one input.
func In(fields Object) Object { return Object{"input": fields} }

// Money is an input of renminbi.
func Money(amount string) Object { return Object{"amount": amount, "currency": "CNY"} }

// Unique draws digits, so that a play can be run again on the same sandbox.
func Unique(n int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	v, err := rand.Int(rand.Reader, limit)
	if err != nil {
		panic(err) // no entropy
	}
	return fmt.Sprintf("%0*d", n, v)
}

// CreditCode is a unified social credit code with a right check character
// (GB 32100).
func CreditCode() string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	body := "91110108" + Unique(9)
	sum, weight := 0, 1
	for _, c := range body {
		sum += strings.IndexRune(alphabet, c) * weight
		weight = weight * 3 % 31
	}
	return body + string(alphabet[(31-sum%31)%31])
}

// Message reads the newest message that the sandbox kept for somebody.
func (p *Play) Message(ctx context.Context, to string) (any, error) {
	d, err := p.Send(ctx, p.Operator, "SandboxMessages", Object{"to": to})
	if err != nil {
		return nil, err
	}
	m := At(d, "sandboxMessages.nodes.0")
	if m == nil {
		return nil, fmt.Errorf("no message to %s", to)
	}
	return m, nil
}

// SignInOperator signs in as the sandbox's operator.
func (p *Play) SignInOperator(ctx context.Context) error {
	for _, l := range p.Logins.People {
		if len(l.Roles) == 0 || l.Roles[0] == "finance" { // an employee of a customer
			continue
		}
		payload, err := p.Done(ctx, "", "SignIn", In(Object{"login": l.Phone, "password": l.Password}))
		if err != nil {
			return err
		}
		p.Operator = Text(payload, "session.accessToken")
	}
	d, err := p.Send(ctx, p.Operator, "Me", nil)
	if err != nil {
		return err
	}
	p.Say("roles: %v", At(d, "viewer.operator.roles"))
	return nil
}

// Registered is somebody who has registered.
type Registered struct {
	Phone, Email, Company, Password string
	Token, Refresh, Account         string
}

// Register registers a company as a visitor does: captcha, code, terms.
func (p *Play) Register(ctx context.Context, person, company string) (*Registered, error) {
	r := &Registered{Phone: "+86137" + Unique(8), Company: company, Password: "four-plain-words-" + Unique(6),
		Email: "owner." + Unique(8) + "@example.com"}
	captcha, err := p.Done(ctx, "", "CreateCaptcha", In(Object{"purpose": "REGISTER"}))
	if err != nil {
		return nil, err
	}
	id := Text(captcha, "captcha.id")
	m, err := p.Message(ctx, id)
	if err != nil {
		return nil, err
	}
	_, err = p.Done(ctx, "", "RequestPhoneCode", In(Object{"phone": r.Phone, "purpose": "REGISTER", "captchaId": id, "captchaAnswer": Text(m, "code")}))
	if err != nil {
		return nil, err
	}
	if m, err = p.Message(ctx, r.Phone); err != nil {
		return nil, err
	}
	var terms []string
	for _, kind := range []string{"SERVICE_TERMS", "PRIVACY_POLICY"} {
		d, err := p.Send(ctx, "", "Terms", Object{"kind": kind})
		if err != nil {
			return nil, err
		}
		terms = append(terms, Text(d, "terms.id"))
		p.Say("accepts %s, version %s", Text(d, "terms.title"), Text(d, "terms.version"))
	}
	payload, err := p.Done(ctx, "", "Register", In(Object{"phone": r.Phone, "code": Text(m, "code"), "password": r.Password,
		"personName": person, "companyName": company, "email": r.Email, "subjectKind": "LEGAL_PERSON",
		"declaresFullCapacity": true, "exportDeclaration": true, "acceptedTermsIds": terms}))
	if err != nil {
		return nil, err
	}
	r.Token, r.Refresh = Text(payload, "session.accessToken"), Text(payload, "session.refreshToken")
	r.Account = Text(payload, "account.id")
	p.Say("account %s, %s", Text(payload, "account.number"), Text(payload, "account.status"))
	return r, Same("the account's status", Text(payload, "account.status"), "PENDING")
}

// VerifyEmail follows the link that was mailed to somebody who registered.
func (p *Play) VerifyEmail(ctx context.Context, r *Registered) error {
	m, err := p.Message(ctx, r.Email)
	if err != nil {
		return err
	}
	payload, err := p.Done(ctx, "", "VerifyEmail", In(Object{"token": Text(m, "token")}))
	if err != nil {
		return err
	}
	return Same("emailVerified", At(payload, "person.emailVerified"), true)
}
