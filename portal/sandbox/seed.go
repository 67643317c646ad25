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
	"time"

	"portico/authz"
	"portico/ent"
	dbaccount "portico/ent/db/account"
	"portico/ent/db/sandboxclock"
	"portico/ent/db/terms"
	"portico/portal/access/identity"
	"portico/portal/access/staff"
	"portico/portal/customer/account"
	"portico/portal/customer/agreement"
	agreementdemo "portico/portal/customer/agreement/demo"
	"portico/portal/kernel/job"
	"portico/portal/offer/catalog"
	catalogdemo "portico/portal/offer/catalog/demo"
)

// Login is one demonstration login.
type Login struct {
	Name     string   `json:"name"`
	Person   string   `json:"person"`
	Phone    string   `json:"phone"`
	Password string   `json:"password"`
	Roles    []string `json:"roles,omitempty"`
}

// Logins are the demonstration logins of one sandbox. Their passwords are
// generated once and kept in a file beside the database.
type Logins struct {
	People       []Login `json:"people"`
	DataPlaneKey string  `json:"dataPlaneKey"`
}

// Seed gives a sandbox the demonstration agreement, catalogue and logins. What
// exists already stays, including another agreement or catalogue. It can be
// called at every start, also by several replicas at once.
func Seed(ctx context.Context, s *ent.Store, file string) (*Logins, error) {
	return alone(ctx, s, file, func(ctx context.Context) (*Logins, error) { return seed(ctx, s, file, nil) })
}

// alone seeds, if necessary, while no other replica does, because replicas
// would use up each other's codes. If another replica was killed while seeding,
// it waits until that replica's lease has expired.
func alone(ctx context.Context, s *ent.Store, file string, seed func(ctx context.Context) (*Logins, error)) (l *Logins, err error) {
	if l, err = seeded(ctx, s, file); err != nil || l != nil {
		return l, err
	}
	runner := job.Runner{Store: s, Holder: ent.NewID("hold")}
	once := job.Job{Name: "sandbox-seed",
		Next: func(context.Context, *ent.Store) (time.Time, bool, error) { return time.Time{}, true, nil },
		Run: func(ctx context.Context, _ *ent.Store) (int, error) {
			l, err = seed(ctx)
			return 1, err
		}}
	for {
		if done, _, err := runner.Try(ctx, once); err != nil || done > 0 {
			return l, err
		}
		if err := job.Pause(ctx); err != nil {
			return nil, err
		}
	}
}

// seed is [Seed], with further logins whose passwords are generated, but which
// are not created yet.
func seed(ctx context.Context, s *ent.Store, file string, more []Login) (*Logins, error) {
	if err := stock(ctx, s); err != nil {
		return nil, err
	}
	l, err := readLogins(file)
	if err != nil || l != nil && l.DataPlaneKey != "" {
		return l, err
	}
	if l == nil { // passwords are saved before they are used, in case the start is interrupted
		if l, err = drawLogins(file, more); err != nil {
			return nil, err
		}
	}
	if err := registerDemo(ctx, s, l.People[0]); err != nil {
		return nil, fmt.Errorf("sandbox: customer: %w", err)
	}
	if err := employDemo(ctx, s, l.People[2]); err != nil {
		return nil, fmt.Errorf("sandbox: employee: %w", err)
	}
	if err := enrolOperator(ctx, s, l.People[1]); err != nil {
		return nil, fmt.Errorf("sandbox: operator: %w", err)
	}
	if l.DataPlaneKey, err = staff.CreateKey(ctx, s, "data plane of the sandbox", "data-plane"); err != nil {
		return nil, err
	}
	return l, writeLogins(file, l)
}

// seeded returns the logins of a sandbox that is completely seeded; otherwise
// nil.
func seeded(ctx context.Context, s *ent.Store, file string) (*Logins, error) {
	l, err := readLogins(file)
	if err != nil || l == nil || l.DataPlaneKey == "" {
		return nil, err
	}
	c := s.Read()
	for _, has := range []func(context.Context) (bool, error){c.Terms.Query().Exist, c.Product.Query().Exist} {
		if there, err := has(ctx); err != nil || !there {
			return nil, err
		}
	}
	if behind, err := c.SandboxClock.Query().Where(sandboxclock.OffsetMicrosLT(0)).Exist(ctx); err != nil || behind {
		return nil, err
	}
	return l, nil
}

// stock loads an agreement and a catalogue into a sandbox that has none.
func stock(ctx context.Context, s *ent.Store) error {
	there, err := s.Read().Terms.Query().Exist(ctx)
	if err == nil && !there {
		_, err = agreement.Load(ctx, s, agreementdemo.Documents())
	}
	if err != nil {
		return fmt.Errorf("sandbox: terms: %w", err)
	}
	if there, err = s.Read().Product.Query().Exist(ctx); err == nil && !there {
		err = catalog.Load(ctx, s, catalogdemo.Catalogue())
	}
	if err != nil {
		return fmt.Errorf("sandbox: catalogue: %w", err)
	}
	return nil
}

// drawLogins generates the passwords of the logins, and saves them.
func drawLogins(file string, more []Login) (*Logins, error) {
	l := &Logins{People: []Login{
		{Name: "Owner of a customer", Person: "陈思远", Phone: "+8613800138000"},
		{Name: "Operator", Person: "孙倩", Phone: "+8613900139000", Roles: staff.OperatorRoles},
		{Name: "Finance of the customer", Person: "王雅琴", Phone: "+8613600136000"},
	}}
	l.People = append(l.People, more...)
	for i := range l.People {
		l.People[i].Password = newPassword()
	}
	return l, writeLogins(file, l)
}

// writeLogins replaces the file of the logins atomically.
func writeLogins(file string, l *Logins) error {
	text, err := json.MarshalIndent(l, "", "  ")
	if err == nil {
		err = os.WriteFile(file+".new", text, 0o600) // a wide umask can't widen this mode
	}
	if err != nil {
		return err
	}
	return os.Rename(file+".new", file)
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

// enrolOperator creates the demonstration operator, unless it exists.
func enrolOperator(ctx context.Context, s *ent.Store, l Login) error {
	err := staff.EnrolOperator(ctx, s, identity.Newcomer{Name: l.Person, Phone: l.Phone, Email: "operator@example.com"}, l.Password, l.Roles)
	if !errors.Is(err, identity.PhoneRegistered) {
		return err
	}
	return resetDemo(authz.With(ctx, authz.Nobody(demoAddress, demoAgent)), s, l)
}

// registerDemo registers the demonstration customer as a visitor would:
// captcha, code, registration. An existing customer stays. If it has another
// password, because the file of the logins was lost, the password is reset in
// the same way.
func registerDemo(ctx context.Context, s *ent.Store, l Login) error {
	visitor := authz.With(ctx, authz.Nobody(demoAddress, demoAgent))
	there, err := s.Read().Account.Query().Where(dbaccount.Name(demoCompany)).Exist(ctx)
	if err != nil {
		return err
	}
	if there {
		if err := resetDemo(visitor, s, l); err != nil {
			return err
		}
		return verifyDemo(ctx, s)
	}
	code, err := demoCode(visitor, s, l.Phone, identity.ForRegister)
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
	return verifyDemo(ctx, s)
}

// verifyDemo follows the link in the customer's mail, unless that was done.
func verifyDemo(ctx context.Context, s *ent.Store) error {
	link, err := newestMessage(ctx, s, demoEmail) // mails to the customer go to this address only
	if err != nil || link.Token == "" {
		return err
	}
	_, err = identity.VerifyEmail(authz.With(ctx, authz.Nobody(demoAddress, demoAgent)), s, identity.VerifyEmailInput{Token: link.Token})
	if errors.Is(err, identity.EmailTokenInvalid) {
		return nil // the link was used before
	}
	return err
}

// resetDemo sets the password of an existing login that has another one.
func resetDemo(visitor context.Context, s *ent.Store, l Login) error {
	if there, err := signsIn(visitor, s, l); err != nil || there {
		return err
	}
	code, err := demoCode(visitor, s, l.Phone, identity.ForResetPassword)
	if err != nil {
		return err
	}
	_, err = identity.ResetPassword(visitor, s, identity.ResetPasswordInput{Phone: l.Phone, Code: code, NewPassword: l.Password})
	return err
}

const (
	demoCompany = "示例网络科技有限公司"
	demoEmail   = "owner@example.com"
)

// demoCode solves a captcha, requests a code, and reads it from the sandbox's
// messages.
func demoCode(ctx context.Context, s *ent.Store, phone string, purpose identity.CodePurpose) (string, error) {
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
	if err != nil && !errors.Is(err, identity.CodeLimit) { // over the limit, the code that was sent before is used
		return "", err
	}
	return newest(ctx, s, phone)
}

// newest returns the code in the newest message to a recipient.
func newest(ctx context.Context, s *ent.Store, to string) (string, error) {
	o, err := newestMessage(ctx, s, to)
	return o.Code, err
}
