package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	dbaccount "portico/ent/db/account"
	"portico/ent/db/application"
	"portico/ent/db/message"
	"portico/ent/db/order"
	"portico/ent/db/plan"
	"portico/ent/db/service"
	"portico/ent/db/terms"
	"portico/ent/db/topup"
	"portico/ent/db/verification"
	"portico/money"
	"portico/portal"
	"portico/portal/access/identity"
	"portico/portal/access/staff"
	"portico/portal/customer/account"
	"portico/portal/customer/agreement"
	agreementdemo "portico/portal/customer/agreement/demo"
	"portico/portal/finance/payment"
	"portico/portal/kernel/outbox"
	"portico/portal/offer/catalog"
	catalogdemo "portico/portal/offer/catalog/demo"
)

// The amount of data in the database.
const (
	customers    = 8
	seededOrders = 200 // for each customer
	linesEach    = 5
	applications = 400 // for each customer; half of them for each side
	bulk         = 100
	metered      = 50 // applications of a customer with metered services
)

// meters are the metered plans and their metrics. One is billed by the hour,
// one by the day.
var meters = []struct{ plan, metric string }{{"rtc-payg", "rtc.minutes"}, {"push-payg", "push.messages"}}

const (
	planCode  = "im-flagship"
	planPrice = "1500.00"
	password  = "correct horse battery 47"
)

// Fixture is what the load needs to know about the database.
type Fixture struct {
	Customers []Customer `json:"customers"`
	PlanID    string     `json:"planId"`
	// Key is the data plane's key.
	Key string `json:"key"`
}

// Customer is one account with its owner's access token.
type Customer struct {
	Token, AccountID     string
	Orders, Applications []string
}

// seed fills a database: through Portico's commands, and with rows for volume.
func seed(ctx context.Context, database string, keys *ent.Keys) (*Fixture, error) {
	p, err := portal.Open(ctx, portal.Config{Database: database, Keys: keys, Sandbox: true, PublicURL: "http://portico.test"})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if _, err := p.Store.Migrate(ctx); err != nil {
		return nil, err
	}
	if err := p.Start(ctx); err != nil {
		return nil, err
	}
	system := authz.With(ctx, authz.AsSystem("bench"))
	if _, err := agreement.Load(system, p.Store, agreementdemo.Documents()); err != nil {
		return nil, err
	}
	if err := catalog.Load(system, p.Store, catalogdemo.Catalogue()); err != nil {
		return nil, err
	}
	pl, err := p.Store.Read().Plan.Query().Where(plan.Code(planCode)).Only(system)
	if err != nil {
		return nil, err
	}
	f := &Fixture{PlanID: pl.ID}
	if f.Key, err = staff.CreateKey(system, p.Store, "bench", "data-plane"); err != nil {
		return nil, err
	}
	for i := range customers {
		c, err := newCustomer(ctx, p, i)
		if err != nil {
			return nil, fmt.Errorf("customer %d: %w", i, err)
		}
		if err := c.fill(system, p.Store, pl); err != nil {
			return nil, fmt.Errorf("rows of customer %d: %w", i, err)
		}
		f.Customers = append(f.Customers, *c)
	}
	return f, nil
}

// newCustomer registers a customer, has it verified, and tops up its balance.
func newCustomer(ctx context.Context, p *portal.Portal, i int) (*Customer, error) {
	visitor := authz.With(ctx, authz.Nobody("127.0.0.1", "bench"))
	phone, company := fmt.Sprintf("+8613800%06d", i+1), fmt.Sprintf("Company %d Ltd", i)
	code, err := phoneCode(visitor, p.Store, phone)
	if err != nil {
		return nil, err
	}
	ids, err := p.Store.Read().Terms.Query().Where(terms.EffectiveAtLTE(p.Store.Now())).IDs(visitor)
	if err != nil {
		return nil, err
	}
	r, err := account.Register(visitor, p.Store, account.RegisterInput{Phone: phone, Code: code, Password: password, PersonName: "Owner",
		CompanyName: company, Email: fmt.Sprintf("owner.%d@example.com", i), SubjectKind: dbaccount.SubjectKindLEGAL_PERSON,
		DeclaresFullCapacity: true, ExportDeclaration: true, AcceptedTermsIDs: ids})
	if err != nil {
		return nil, err
	}
	c := &Customer{Token: r.Session.AccessToken, AccountID: r.Account.ID}
	who, err := identity.Authenticate(visitor, p.Store, c.Token, "127.0.0.1", "bench", "bench")
	if err != nil {
		return nil, err
	}
	owner := authz.With(ctx, who)
	v, err := account.SubmitVerification(owner, p.Store, p.Files, account.SubmitVerificationInput{AccountID: c.AccountID,
		Kind: verification.KindMAINLAND_COMPANY, LegalName: company, Country: "CN", RegistrationNumber: creditCode(i)})
	if err != nil {
		return nil, err
	}
	_, err = account.ReviewVerification(authz.With(ctx, authz.AsSystem("bench")), p.Store,
		account.ReviewVerificationInput{VerificationID: v.Verification.ID, Decision: account.Approve})
	if err != nil {
		return nil, err
	}
	most, err := money.ParseDecimal("10000000.00")
	if err != nil {
		return nil, err
	}
	t, err := payment.StartTopUp(owner, p.Store, p.Channels, payment.StartTopUpInput{AccountID: c.AccountID,
		Amount: money.Input{Amount: most, Currency: "CNY"}, Channel: topup.ChannelSANDBOX})
	if err != nil {
		return nil, err
	}
	_, err = payment.Complete(owner, p.Store, payment.Completion{TopUpID: t.TopUp.ID, PayerName: company})
	return c, err
}

// phoneCode solves a captcha, requests a code, and reads it from the sandbox's
// messages.
func phoneCode(ctx context.Context, s *ent.Store, phone string) (string, error) {
	c, err := identity.CreateCaptcha(ctx, s, identity.CreateCaptchaInput{Purpose: identity.ForRegister})
	if err != nil {
		return "", err
	}
	answer, err := newest(ctx, s, c.Captcha.ID)
	if err != nil {
		return "", err
	}
	_, err = identity.RequestPhoneCode(ctx, s, identity.RequestPhoneCodeInput{Phone: phone, Purpose: identity.ForRegister,
		CaptchaID: c.Captcha.ID, CaptchaAnswer: answer})
	if err != nil {
		return "", err
	}
	return newest(ctx, s, phone)
}

func newest(ctx context.Context, s *ent.Store, to string) (string, error) {
	row, err := s.Read().Message.Query().Where(message.RecipientIndex(outbox.Recipient(s, to))).
		Order(db.Desc(message.FieldCreatedAt, message.FieldID)).First(ctx)
	if err != nil {
		return "", err
	}
	o, err := outbox.Open(s, row)
	return o.Code, err
}

// creditCode returns a valid unified social credit code for a serial number.
func creditCode(n int) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	body := fmt.Sprintf("91110108%09d", n+1)
	sum, weight := 0, 1
	for _, c := range body {
		sum += strings.IndexRune(alphabet, c) * weight
		weight = weight * 3 % 31
	}
	return body + string(alphabet[(31-sum%31)%31])
}

// fill inserts the past data of the customer.
func (c *Customer) fill(system context.Context, s *ent.Store, pl *db.Plan) error {
	return s.Write(system, func(tx *ent.Tx) error {
		c.Orders, c.Applications = nil, nil
		var apps []*db.ApplicationCreate
		for i := range applications {
			id := ent.NewID("appl")
			c.Applications = append(c.Applications, id)
			apps = append(apps, tx.Application.Create().SetID(id).SetAccountID(c.AccountID).SetName(fmt.Sprintf("Application %d", i)).
				SetKind("SOCIAL").SetRegion(application.RegionMAINLAND).SetStatus(application.StatusACTIVE).SetCreatedAt(tx.Now))
		}
		for len(apps) > 0 {
			if err := tx.Application.CreateBulk(apps[:min(bulk, len(apps))]...).Exec(tx); err != nil {
				return err
			}
			apps = apps[min(bulk, len(apps)):]
		}
		if err := c.services(tx); err != nil {
			return err
		}
		for first := 0; first < seededOrders; first += bulk {
			if err := c.orders(tx, pl, first); err != nil {
				return err
			}
		}
		return nil
	})
}

// services adds services of the metered plans to the first applications,
// running since yesterday.
func (c *Customer) services(tx *ent.Tx) error {
	for _, m := range meters {
		pl, err := tx.Plan.Query().Where(plan.Code(m.plan)).Only(tx)
		if err != nil {
			return err
		}
		var rows []*db.ServiceCreate
		for _, app := range c.Applications[:metered] {
			rows = append(rows, meteredService(tx, pl, c.AccountID, app))
		}
		if err := tx.Service.CreateBulk(rows...).Exec(tx); err != nil {
			return err
		}
	}
	return nil
}

func meteredService(tx *ent.Tx, pl *db.Plan, accountID, app string) *db.ServiceCreate {
	return tx.Service.Create().SetAccountID(accountID).SetApplicationID(app).SetProductID(pl.ProductID).SetPlanID(pl.ID).
		SetOrderID(ent.NewID("ordr")).SetStatus(service.StatusRUNNING).SetCharging(service.ChargingMETERED).SetClass(service.ClassMETERED).
		SetLimits([]ent.Limit{}).SetOpenedAt(tx.Now.Add(-24 * time.Hour)).SetAutoRenew(false).SetRunningKey(app + "|" + pl.ProductID)
}

func (c *Customer) orders(tx *ent.Tx, pl *db.Plan, first int) error {
	var orders []*db.OrderCreate
	var lines []*db.OrderLineCreate
	for i := first; i < first+bulk; i++ {
		id := ent.NewID("ordr")
		c.Orders = append(c.Orders, id)
		// Later than the orders that the load places, so that the newest orders
		// have five lines.
		at := tx.Now.Add(24*time.Hour + time.Duration(i)*time.Second)
		orders = append(orders, tx.Order.Create().SetID(id).SetAccountID(c.AccountID).SetNumber("BENCH-"+id[len(id)-12:]).
			SetStatus(order.StatusFULFILLED).SetPlanID(pl.ID).SetPlanVersion(pl.Version).SetApplicationID(c.Applications[i]).
			SetServiceID(ent.NewID("serv")).SetTermUnit("MONTH").SetTermCount(linesEach).SetTotalMinor(linesEach*150_000).
			SetPaidCashMinor(linesEach*150_000).SetPaidBonusMinor(0).SetCurrency("CNY").SetProviderBody("Portico").
			SetFree(false).SetPlacedBy(tx.Principal().ID).SetPlacedAt(at))
		for l := range linesEach {
			lines = append(lines, tx.OrderLine.Create().SetAccountID(c.AccountID).SetOrderID(id).SetPosition(int64(l)).
				SetDescriptionZh(fmt.Sprintf("即时通讯旗舰版，预付 %d 个月", l+1)).SetDescriptionEn(fmt.Sprintf("Messaging flagship, %d months prepaid", l+1)).
				SetQuantity("1").SetUnitPrice(planPrice).SetAmountMinor(150_000).SetCurrency("CNY"))
		}
	}
	if err := tx.Order.CreateBulk(orders...).Exec(tx); err != nil {
		return err
	}
	for len(lines) > 0 {
		if err := tx.OrderLine.CreateBulk(lines[:bulk]...).Exec(tx); err != nil {
			return err
		}
		lines = lines[bulk:]
	}
	return nil
}
