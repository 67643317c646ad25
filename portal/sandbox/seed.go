package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"portico/authz"
	"portico/ent"
	dbaccount "portico/ent/db/account"
	"portico/ent/db/phonecode"
	"portico/ent/db/terms"
	"portico/portal/account"
	"portico/portal/agreement"
	agreementdemo "portico/portal/agreement/demo"
	"portico/portal/catalog"
	catalogdemo "portico/portal/catalog/demo"
	"portico/portal/identity"
	"portico/portal/staff"
)

// Login is one demonstration login.
type Login struct {
	Name     string   `json:"name"`
	Person   string   `json:"person"`
	Phone    string   `json:"phone"`
	Password string   `json:"password"`
	Roles    []string `json:"roles,omitempty"`
}

// Logins are the demonstration logins of one sandbox; passwords are drawn once
// and kept in a file beside the database.
type Logins struct {
	People       []Login `json:"people"`
	DataPlaneKey string  `json:"dataPlaneKey"`
}

// Seed gives a sandbox the demonstration agreement, catalogue and logins. What
// is there already stays; it may be called at every start.
func Seed(ctx context.Context, s *ent.Store, file string) (*Logins, error) {
	return seed(ctx, s, file, nil)
}

// seed is [Seed], with logins that are drawn, and not made yet, besides.
func seed(ctx context.Context, s *ent.Store, file string, more []Login) (*Logins, error) {
	if _, err := agreement.Load(ctx, s, agreementdemo.Documents()); err != nil {
		return nil, fmt.Errorf("sandbox: terms: %w", err)
	}
	if err := catalog.Load(ctx, s, catalogdemo.Catalogue()); err != nil {
		return nil, fmt.Errorf("sandbox: catalogue: %w", err)
	}
	if kept, err := readLogins(file); kept != nil || err != nil {
		return kept, err
	}
	l := &Logins{People: []Login{
		{Name: "Owner of a customer", Person: "陈思远", Phone: "+8613800138000"},
		{Name: "Operator", Person: "孙倩", Phone: "+8613900139000", Roles: staff.OperatorRoles},
		{Name: "Finance of the customer", Person: "王雅琴", Phone: "+8613600136000"},
	}}
	l.People = append(l.People, more...)
	for i := range l.People {
		l.People[i].Password = newPassword()
	}
	if err := registerDemo(ctx, s, l.People[0]); err != nil {
		return nil, fmt.Errorf("sandbox: customer: %w", err)
	}
	if err := employDemo(ctx, s, l.People[2]); err != nil {
		return nil, fmt.Errorf("sandbox: employee: %w", err)
	}
	o := l.People[1]
	if err := staff.EnrolOperator(ctx, s, identity.Newcomer{Name: o.Person, Phone: o.Phone, Email: "operator@example.com"}, o.Password, o.Roles); err != nil {
		return nil, fmt.Errorf("sandbox: operator: %w", err)
	}
	key, err := staff.CreateKey(ctx, s, "data plane of the sandbox", "data-plane")
	if err != nil {
		return nil, err
	}
	l.DataPlaneKey = key
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return nil, err
	}
	return l, os.WriteFile(file, text, 0o600) // which a wide umask doesn't widen
}

func readLogins(file string) (*Logins, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = os.Chmod(file, 0o600) // it may have been copied here
	}
	if err != nil {
		return nil, err
	}
	var l Logins
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("sandbox: %s: %w", file, err)
	}
	return &l, nil
}

func newPassword() string {
	b := make([]byte, 15)
	_, _ = rand.Read(b)
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// registerDemo registers the demonstration customer as a visitor would: captcha,
// code, registration. A customer that is there already, from a start that was
// cut off, has its password reset in the same way.
func registerDemo(ctx context.Context, s *ent.Store, l Login) error {
	visitor := authz.With(ctx, authz.Nobody("127.0.0.1", "portico sandbox"))
	there, err := s.Read().Account.Query().Where(dbaccount.Name(demoCompany)).Exist(ctx)
	if err != nil {
		return err
	}
	if there {
		code, err := demoCode(visitor, s, l.Phone, phonecode.PurposeRESET_PASSWORD)
		if err != nil {
			return err
		}
		_, err = identity.ResetPassword(visitor, s, identity.ResetPasswordInput{Phone: l.Phone, Code: code, NewPassword: l.Password})
		return err
	}
	code, err := demoCode(visitor, s, l.Phone, phonecode.PurposeREGISTER)
	if err != nil {
		return err
	}
	ids, err := s.Read().Terms.Query().Where(terms.EffectiveAtLTE(s.Now())).IDs(ctx)
	if err != nil {
		return err
	}
	_, err = account.Register(visitor, s, account.RegisterInput{Phone: l.Phone, Code: code, Password: l.Password,
		PersonName: l.Person, CompanyName: demoCompany, Email: demoEmail, SubjectKind: dbaccount.SubjectKindLEGAL_PERSON,
		DeclaresFullCapacity: true, ExportDeclaration: true, AcceptedTermsIDs: ids})
	if err != nil {
		return err
	}
	link, err := newestMessage(ctx, s, demoEmail) // its mails go nowhere else
	if err != nil {
		return err
	}
	_, err = identity.VerifyEmail(visitor, s, identity.VerifyEmailInput{Token: link.Token})
	return err
}

const (
	demoCompany = "示例网络科技有限公司"
	demoEmail   = "owner@example.com"
)

// demoCode solves a captcha and reads the code that it opens, off the sandbox's
// own messages.
func demoCode(ctx context.Context, s *ent.Store, phone string, purpose phonecode.Purpose) (string, error) {
	c, err := identity.CreateCaptcha(ctx, s, identity.CreateCaptchaInput{Purpose: purpose})
	if err != nil {
		return "", err
	}
	var answer string
	if c.Captcha.Seed != nil {
		answer = identity.Work(*c.Captcha.Seed, *c.Captcha.Difficulty)
	} else if answer, err = newest(ctx, s, c.Captcha.ID); err != nil {
		return "", err
	}
	_, err = identity.RequestPhoneCode(ctx, s, identity.RequestPhoneCodeInput{Phone: phone, Purpose: purpose,
		CaptchaID: c.Captcha.ID, CaptchaAnswer: answer})
	if err != nil {
		return "", err
	}
	return newest(ctx, s, phone)
}

// newest is the code in the newest message to a recipient.
func newest(ctx context.Context, s *ent.Store, to string) (string, error) {
	o, err := newestMessage(ctx, s, to)
	return o.Code, err
}
