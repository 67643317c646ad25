package sandbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"portico/calendar"
	"portico/ent/db/application"
	dbinvoice "portico/ent/db/invoice"
	"portico/ent/db/topup"
	"portico/ent/db/verification"
	"portico/money"
	"portico/portal/correspondence/notice"
	"portico/portal/customer/account"
	"portico/portal/finance/invoice"
	"portico/portal/finance/payment"
	"portico/portal/finance/usage"
	"portico/portal/offer/catalog"
	"portico/portal/trade/order"
	"portico/portal/trade/service"
)

// The demonstration's companies: the customer's registration number, its
// designated payer, and a stranger.
const (
	demoNumber   = "91110108MA01DEM07K"
	demoParent   = "示例控股集团有限公司"
	demoStranger = "路过贸易有限公司"
)

// events returns the events of the three months from their first day on, in
// order.
func (r *run) events(first calendar.Date) []event {
	on := func(day int, hour, minute time.Duration, do func(context.Context) error) event {
		return event{day, hour*time.Hour + minute*time.Minute, do}
	}
	// The flagship plan's term ends after a month, at the time of its order. It is ordered again soon after.
	second := first.AddMonths(1, first.Day)
	third := second.AddMonths(1, second.Day)
	again, yearly := first.DaysUntil(second), first.DaysUntil(third)
	all := []event{
		on(0, 9, 30, r.verified), on(0, 10, 0, r.applications), on(0, 11, 0, r.topUp(owner, "opening", "5000.00", demoCompany)),
		on(0, 11, 30, r.order(owner, "chat", "im-flagship", "1500.00", month)),
		on(1, 9, 30, r.hire(operations, "operations")), on(1, 9, 45, r.bound), on(1, 10, 0, r.metered),
		on(1, 15, 0, r.hire("Developer", "developer")), on(3, 10, 0, r.order(owner, "classroom", "im-developer", "0.00", nil)),
		on(4, 9, 0, r.ownRole), on(4, 10, 0, r.auditorComes), on(5, 10, 0, r.welcome), on(6, 9, 0, r.reads("welcome")),
		on(20, 10, 0, r.designated), on(again, 12, 0, r.order(operations, "chat", "im-flagship", "1500.00", month)),
		on(38, 10, 0, r.maintenance("maintenance", 2)), on(39, 9, 0, r.reads("maintenance")),
		on(46, 19, 0, r.peak), on(48, 9, 0, r.topUp(finance, "settling", "3000.00", demoCompany)),
		on(49, 10, 0, r.invoice("first", "3000.00")), on(50, 10, 0, r.approved), on(57, 10, 0, r.issued),
		on(yearly, 8, 0, r.topUp(finance, "year", "16000.00", demoParent)), on(yearly, 9, 0, r.tooMuch),
		on(yearly, 13, 0, r.order(owner, "chat", "im-flagship", "15000.00", year)), on(70, 10, 0, r.abandoned), on(75, 10, 0, r.retirement),
		on(80, 17, 0, r.auditorLeaves), on(88, 10, 0, r.topUp(finance, "stranger", "300.00", demoStranger)),
		on(89, 10, 0, r.invoice("second", "1500.00")), on(90, 9, 0, r.inviteSuccessor), on(90, 10, 0, r.maintenance("next", 5)),
	}
	for day := 2; day < demoDays; day += 4 {
		all = append(all, on(day, 20, 0, r.uses(day)))
	}
	slices.SortStableFunc(all, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.time, b.time))
	})
	return all
}

var (
	month = &catalog.TermInput{Unit: catalog.TermMonth, Count: 1}
	year  = &catalog.TermInput{Unit: catalog.TermYear, Count: 1}
)

// verified submits and approves the legal entity (1.3, 5.2).
func (r *run) verified(ctx context.Context) error {
	err := r.once(ctx, owner, "verification", func(ctx context.Context) error {
		_, err := account.SubmitVerification(ctx, r.Store, r.Files, account.SubmitVerificationInput{AccountID: r.account.ID,
			Kind: verification.KindMAINLAND_COMPANY, LegalName: demoCompany, Country: "CN", RegistrationNumber: demoNumber})
		return err
	})
	if err != nil {
		return err
	}
	return r.once(ctx, operator, "approval", func(ctx context.Context) error {
		id, err := r.object(ctx, "verification")
		if err == nil {
			_, err = account.ReviewVerification(ctx, r.Store, account.ReviewVerificationInput{VerificationID: id, Decision: account.Approve})
		}
		return err
	})
}

// applications creates two applications: one is live, the other is under
// development.
func (r *run) applications(ctx context.Context) error {
	for _, a := range []struct {
		key, name string
		kind      service.ApplicationKind
	}{{"chat", "示例社区", "SOCIAL"}, {"classroom", "示例课堂", "EDUCATION"}} {
		err := r.once(ctx, owner, "application-"+a.key, func(ctx context.Context) error {
			_, err := service.CreateApplication(ctx, r.Store, service.CreateApplicationInput{AccountID: r.account.ID, Name: a.name,
				Kind: a.kind, Region: application.RegionMAINLAND})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// start starts a top-up by the sandbox's channel.
func (r *run) start(ctx context.Context, who, name, amount string) error {
	return r.once(ctx, who, "top-up-"+name, func(ctx context.Context) error {
		_, err := payment.StartTopUp(ctx, r.Store, r.Channels, payment.StartTopUpInput{AccountID: r.account.ID, Amount: cny(amount),
			Channel: topup.ChannelSANDBOX})
		return err
	})
}

// topUp starts a top-up and pays it as a named payer (3.5).
func (r *run) topUp(who, name, amount, payer string) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := r.start(ctx, who, name, amount); err != nil {
			return err
		}
		return r.once(ctx, who, "payment-"+name, func(ctx context.Context) error {
			id, err := r.object(ctx, "top-up-"+name)
			if err == nil {
				_, err = CompleteSandboxPayment(ctx, r.Store, CompleteSandboxPaymentInput{TopUpID: id, PayerName: payer})
			}
			return err
		})
	}
}

// abandoned starts a top-up that nobody pays.
func (r *run) abandoned(ctx context.Context) error {
	return r.start(ctx, finance, "abandoned", "800.00")
}

// ordering orders a plan for one of the applications.
func (r *run) ordering(ctx context.Context, app, plan, total string, term *catalog.TermInput) error {
	id, err := r.object(ctx, "application-"+app)
	if err == nil {
		_, err = order.PlaceOrder(ctx, r.Store, order.PlaceOrderInput{AccountID: r.account.ID, ApplicationID: id, PlanID: r.plans[plan],
			Term: term, ExpectedTotal: cny(total)})
	}
	return err
}

func (r *run) order(who, app, plan, total string, term *catalog.TermInput) func(context.Context) error {
	return func(ctx context.Context) error {
		name := fmt.Sprint("order-", app, "-", plan, "-", who, "-", total)
		return r.once(ctx, who, name, func(ctx context.Context) error { return r.ordering(ctx, app, plan, total, term) })
	}
}

// tooMuch places an order beyond the employee's limit (1.5).
func (r *run) tooMuch(ctx context.Context) error {
	return r.refused(ctx, operations, "order-too-much", order.SpendingLimitExceeded, func(ctx context.Context) error {
		return r.ordering(ctx, "chat", "im-flagship", "15000.00", year)
	})
}

// metered opens the services that are billed by usage.
func (r *run) metered(ctx context.Context) error {
	for _, plan := range []string{"rtc-payg", "push-payg", "sms-partner"} {
		if err := r.order(operations, "chat", plan, "0.00", nil)(ctx); err != nil {
			return err
		}
	}
	return nil
}

// uses reports the usage of a day, which grows over time.
func (r *run) uses(day int) func(context.Context) error {
	n := int64(day)
	return r.reports("usage-"+strconv.Itoa(day), map[string]int64{"im.registered_users": 900 + 310*n, "rtc.minutes": 800 + 37*n,
		"push.messages": 30_000 + 1500*n, "sms.messages": 120 + 5*n})
}

// peak reports so much usage on one day that the balance is spent (3.8).
func (r *run) peak(ctx context.Context) error {
	return r.reports("usage-peak", map[string]int64{"rtc.minutes": 60_000})(ctx)
}

func (r *run) reports(name string, used map[string]int64) func(context.Context) error {
	return func(ctx context.Context) error {
		return r.once(ctx, dataPlane, name, func(ctx context.Context) error {
			id, err := r.object(ctx, "application-chat")
			if err != nil {
				return err
			}
			var in usage.ReportUsageInput
			for metric, quantity := range used {
				in.Events = append(in.Events, usage.UsageEventInput{Source: "demonstration", EventID: name + "-" + metric, ApplicationID: id,
					Metric: metric, Quantity: usage.Units(money.NewDecimal(quantity)), At: usage.At(r.Store.Now().Add(-30 * time.Minute))})
			}
			answer, err := usage.ReportUsage(ctx, r.Store, in)
			if err == nil && answer.Accepted+answer.Duplicates != len(used) {
				err = fmt.Errorf("rejected: %v", answer.Rejected)
			}
			return err
		})
	}
}

// designated designates a payer for the customer and has it accepted (3.5).
func (r *run) designated(ctx context.Context) error {
	err := r.once(ctx, owner, "payer", func(ctx context.Context) error {
		_, err := payment.DesignatePayer(ctx, r.Store, payment.DesignatePayerInput{AccountID: r.account.ID, Name: demoParent, Proof: "母公司，付款说明见合同附件。"})
		return err
	})
	if err != nil {
		return err
	}
	return r.once(ctx, operator, "payer-review", func(ctx context.Context) error {
		id, err := r.object(ctx, "payer")
		if err == nil {
			_, err = payment.ReviewPayer(ctx, r.Store, payment.ReviewPayerInput{PayerID: id, Decision: payment.Approve})
		}
		return err
	})
}

// invoice requests an invoice (3.9).
func (r *run) invoice(name, amount string) func(context.Context) error {
	return func(ctx context.Context) error {
		return r.once(ctx, finance, "invoice-"+name, func(ctx context.Context) error {
			_, err := invoice.RequestInvoice(ctx, r.Store, r.Printer, invoice.RequestInvoiceInput{AccountID: r.account.ID,
				Kind: dbinvoice.KindGENERAL_VAT, Medium: dbinvoice.MediumELECTRONIC, Title: demoCompany, TaxNumber: demoNumber,
				Amount: cny(amount), DeliveryEmail: demoEmail})
			return err
		})
	}
}

func (r *run) approved(ctx context.Context) error {
	return r.once(ctx, operator, "invoice-approval", func(ctx context.Context) error {
		id, err := r.object(ctx, "invoice-first")
		if err == nil {
			_, err = invoice.ApproveInvoice(ctx, r.Store, invoice.ApproveInvoiceInput{InvoiceID: id})
		}
		return err
	})
}

// issued issues the invoices a week after their approval, when those approved
// after the month's cut-off can be issued too (3.9).
func (r *run) issued(ctx context.Context) error {
	return r.once(ctx, operator, "invoice-issue", func(ctx context.Context) error {
		id, err := r.object(ctx, "invoice-first")
		if err == nil {
			_, err = invoice.IssueInvoice(ctx, r.Store, r.Printer, invoice.IssueInvoiceInput{InvoiceID: id})
		}
		return err
	})
}

// publishes publishes a notice as the operator.
func (r *run) publishes(ctx context.Context, name string, in notice.PublishNoticeInput) error {
	return r.once(ctx, operator, "notice-"+name, func(ctx context.Context) error {
		_, err := notice.PublishNotice(ctx, r.Store, in)
		return err
	})
}

// welcome publishes a notice that is also on the public page.
func (r *run) welcome(ctx context.Context) error {
	everyone, title, body := true, "A new console", "Applications, bills and invoices are on one page now."
	return r.publishes(ctx, "welcome", notice.PublishNoticeInput{Kind: notice.General, Audience: notice.NoticeAudienceInput{All: &everyone},
		Title: "新版控制台上线", Body: "应用、账单和发票现可在同一页面查看。", TitleEn: &title, BodyEn: &body, Channels: []notice.Channel{notice.InSite, notice.Public}})
}

// maintenance announces maintenance some days later, at two in the morning
// (9.3).
func (r *run) maintenance(name string, days int) func(context.Context) error {
	return func(ctx context.Context) error {
		title, body := "Routine maintenance", "Audio and video calls may be interrupted for up to ten minutes."
		at := r.Store.Now().AddDate(0, 0, days).Add(-8 * time.Hour).Truncate(time.Minute)
		return r.publishes(ctx, name, notice.PublishNoticeInput{Kind: notice.Maintenance, Audience: notice.NoticeAudienceInput{ProductCodes: []string{"rtc"}},
			Title: "例行维护", Body: "音视频通话可能中断，最长十分钟。", TitleEn: &title, BodyEn: &body, EffectiveAt: &at,
			Channels: []notice.Channel{notice.InSite, notice.Email}})
	}
}

// retirement announces the end of an SDK (5.5).
func (r *run) retirement(ctx context.Context) error {
	title, body := "SDK 3.x ends", "Version 3.x of the messaging SDK is no longer maintained from then on. Please update to version 4."
	at := r.Store.Now().AddDate(0, 0, 60).Truncate(time.Minute)
	return r.publishes(ctx, "retirement", notice.PublishNoticeInput{Kind: notice.SDKRetirement, Audience: notice.NoticeAudienceInput{ProductCodes: []string{"im"}},
		Title: "SDK 3.x 停止维护", Body: "即时通讯 SDK 3.x 届时停止维护，请升级至 4.x。", TitleEn: &title, BodyEn: &body, EffectiveAt: &at,
		Channels: []notice.Channel{notice.InSite}})
}

// reads reads a notice as the owner.
func (r *run) reads(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		return r.once(ctx, owner, "read-"+name, func(ctx context.Context) error {
			id, err := r.object(ctx, "notice-"+name)
			if err == nil {
				_, err = notice.MarkNoticesRead(ctx, r.Store, notice.MarkNoticesReadInput{AccountID: r.account.ID, NoticeIDs: []string{id}})
			}
			return err
		})
	}
}
