package main

import (
	"context"
	"fmt"
	"time"

	"portico/examples/sandbox"
)

func (p *play) order(ctx context.Context) error {
	if err := p.topUp(ctx, "2000.00"); err != nil {
		return err
	}
	if err := p.place(ctx, "im-flagship", "1500.00", month); err != nil {
		return err
	}
	_, err := p.expect(ctx, "500.00", "0.00", "im", "")
	return err
}

func (p *play) openMetered(ctx context.Context) error {
	for _, plan := range []string{"rtc-payg", "push-payg", "sms-partner"} {
		if err := p.place(ctx, plan, "0.00", nil); err != nil {
			return err
		}
	}
	_, err := p.expect(ctx, "500.00", "0.00", "im rtc push sms", "")
	return err
}

// report reports usage as the data plane does, and tells what became of it.
func (p *play) report(ctx context.Context, metric, quantity string, at time.Time) (object, error) {
	p.events++
	return p.Done(ctx, p.Logins.DataPlaneKey, "ReportUsage", sandbox.In(object{"events": []any{object{"source": "edge",
		"eventId": fmt.Sprintf("%s-%d", p.application, p.events), "applicationId": p.application, "metric": metric,
		"quantity": quantity, "at": at.UTC().Format(time.RFC3339)}}}))
}

func (p *play) uses(ctx context.Context, metric, quantity string, at time.Time) error {
	payload, err := p.report(ctx, metric, quantity, at)
	if err != nil {
		return err
	}
	return sandbox.Same("accepted", sandbox.At(payload, "accepted"), 1)
}

// billed compares the newest bill with what it should be.
func billed(account any, total, paid, status string) error {
	b := sandbox.At(account, "bills.nodes.0")
	for _, c := range [][2]string{{"total.amount", total}, {"paid.amount", paid}, {"status", status}} {
		if err := sandbox.Same("the bill's "+c[0], sandbox.Text(b, c[0]), c[1]); err != nil {
			return err
		}
	}
	return nil
}

const (
	// closing is when a period is closed after its end (3.4).
	closing = 10 * time.Minute
	running = "im rtc push sms"
)

// fullHour goes to the next full hour of the clock, so that nothing was used in
// it yet.
func (p *play) fullHour(ctx context.Context) (time.Time, error) {
	hour := p.now.Truncate(time.Hour).Add(time.Hour)
	return hour, p.advance(ctx, hour.Add(50*time.Minute))
}

func (p *play) hour(ctx context.Context) error {
	hour, err := p.fullHour(ctx)
	if err != nil {
		return err
	}
	p.began = hour
	for _, minutes := range []string{"1000", "234.5"} {
		if err := p.uses(ctx, "rtc.minutes", minutes, hour.Add(20*time.Minute)); err != nil {
			return err
		}
	}
	if err := p.advance(ctx, hour.Add(time.Hour+closing)); err != nil {
		return err
	}
	a, err := p.expect(ctx, "465.43", "0.00", running, "")
	if err != nil {
		return err
	}
	return billed(a, "34.57", "34.57", "PAID")
}

// late reports so little of the hour that was billed that it costs less than half
// a fen: the month comes out as it should.
func (p *play) late(ctx context.Context) error {
	if err := p.uses(ctx, "rtc.minutes", "0.1", p.began.Add(30*time.Minute)); err != nil {
		return err
	}
	if err := p.advance(ctx, p.began.Add(2*time.Hour+closing)); err != nil {
		return err
	}
	a, err := p.expect(ctx, "465.43", "0.00", running, "")
	if err != nil {
		return err
	}
	return billed(a, "0.00", "0.00", "PAID")
}

func (p *play) day(ctx context.Context) error {
	if err := p.uses(ctx, "push.messages", "123456", p.now.Add(-time.Minute)); err != nil {
		return err
	}
	day := p.now.In(zone)
	if err := p.advance(ctx, time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, zone).Add(closing)); err != nil {
		return err
	}
	a, err := p.expect(ctx, "422.22", "0.00", running, "")
	if err != nil {
		return err
	}
	return billed(a, "43.21", "43.21", "PAID")
}

func (p *play) arrears(ctx context.Context) error {
	hour, err := p.fullHour(ctx)
	if err != nil {
		return err
	}
	if err := p.uses(ctx, "rtc.minutes", "20000", hour.Add(time.Minute)); err != nil {
		return err
	}
	if err := p.advance(ctx, hour.Add(time.Hour+closing)); err != nil {
		return err
	}
	p.began = p.now
	a, err := p.expect(ctx, "0.00", "137.78", "im push", "rtc sms")
	if err != nil {
		return err
	}
	if err := billed(a, "560.00", "422.22", "UNPAID"); err != nil {
		return err
	}
	p.Say("by clause %s: %s", sandbox.Text(a, "standing.restrictions.0.clause"), sandbox.Text(a, "standing.restrictions.0.reason"))
	d, err := p.Send(ctx, p.Logins.DataPlaneKey, "Entitlement", object{"applicationId": p.application, "metric": "rtc.minutes"})
	if err != nil {
		return err
	}
	if err := sandbox.Same("one more minute is allowed", sandbox.At(d, "entitlement.allowed"), false); err != nil {
		return err
	}
	return sandbox.Same("by clause", sandbox.Text(d, "entitlement.clause"), "3.8")
}

// graceEnd is 00:00 of the eighth day after that on which arrears began.
func (p *play) graceEnd() time.Time {
	began := p.began.In(zone)
	return time.Date(began.Year(), began.Month(), began.Day()+8, 0, 0, 0, 0, zone)
}

func (p *play) seventh(ctx context.Context) error {
	if err := p.advance(ctx, p.graceEnd().Add(-time.Minute)); err != nil {
		return err
	}
	_, err := p.expect(ctx, "0.00", "137.78", "im push", "rtc sms")
	return err
}

func (p *play) eighth(ctx context.Context) error {
	if err := p.advance(ctx, p.graceEnd()); err != nil {
		return err
	}
	_, err := p.expect(ctx, "0.00", "137.78", "", running)
	return err
}

func (p *play) settle(ctx context.Context) error {
	if err := p.topUp(ctx, "200.00"); err != nil {
		return err
	}
	a, err := p.expect(ctx, "62.22", "0.00", running, "")
	if err != nil {
		return err
	}
	return sandbox.Same("what can be invoiced", sandbox.Text(a, "invoiceable.amount"), "2137.78")
}
