package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"portico/examples/contract"
	"portico/examples/sandbox"
)

func (p *play) invite(ctx context.Context) error {
	d, err := p.Send(ctx, p.owner.Token, "Staff", object{"id": p.owner.Account})
	if err != nil {
		return err
	}
	roles, _ := sandbox.At(d, "account.roles").([]any)
	for _, r := range roles {
		switch sandbox.Text(r, "code") {
		case "finance":
			p.financeRole = sandbox.Text(r, "id")
		case "developer":
			p.developerRole = sandbox.Text(r, "id")
		}
	}
	if p.employee, err = p.Register(ctx, "王五", "柏林旁人"+sandbox.Unique(4)+"工作室"); err != nil {
		return err
	}
	if err := p.VerifyEmail(ctx, p.employee); err != nil {
		return err
	}
	payload, err := p.Done(ctx, p.owner.Token, "InviteEmployee", sandbox.In(object{"accountId": p.owner.Account, "address": p.employee.Email, "roleIds": []string{p.financeRole}}))
	if err != nil {
		return err
	}
	m, err := p.Message(ctx, p.employee.Email)
	if err != nil {
		return err
	}
	p.invitation = sandbox.Text(m, "token")
	return sandbox.Same("the invitation", sandbox.Text(payload, "invitation.status"), "PENDING")
}

func (p *play) accept(ctx context.Context) error {
	payload, err := p.Done(ctx, p.employee.Token, "AcceptInvitation", sandbox.In(object{"token": p.invitation}))
	if err != nil {
		return err
	}
	p.hired = sandbox.Text(payload, "employee.id")
	if err := sandbox.Same("its role", sandbox.Text(payload, "employee.roles.0.code"), "finance"); err != nil {
		return err
	}
	d, err := p.Send(ctx, p.employee.Token, "AcceptInvitation", sandbox.In(object{"token": p.invitation}))
	if err != nil {
		return err
	}
	p.Say("again: %s", sandbox.Text(d, "acceptInvitation.userErrors.0.message"))
	if sandbox.Text(d, "acceptInvitation.userErrors.0.code") == "" {
		return errors.New("an invitation serves twice")
	}
	return nil
}

func (p *play) limits(ctx context.Context) error {
	_, err := p.Send(ctx, p.employee.Token, "PlaceOrder", object{"input": object{"accountId": p.owner.Account, "planId": p.plans["im-flagship"],
		"applicationId": p.application, "term": month, "expectedTotal": sandbox.Money("1500.00")}, "key": "employee" + p.owner.Account})
	if err == nil || !strings.Contains(err.Error(), "FORBIDDEN") {
		return fmt.Errorf("the employee's order ended with %w", err)
	}
	p.Say("%v", err)
	return nil
}

func (p *play) ask(ctx context.Context) error {
	request := object{"input": object{"accountId": p.owner.Account, "kind": "SPECIAL_VAT", "medium": "ELECTRONIC", "title": p.owner.Company,
		"taxNumber": p.number, "amount": sandbox.Money("2000.00"), "deliveryEmail": p.employee.Email}, "key": "invoice" + p.owner.Account}
	for range 2 { // sent twice, it is one
		payload, err := p.Done(ctx, p.employee.Token, "RequestInvoice", request)
		if err != nil {
			return err
		}
		if p.invoice != "" && p.invoice != sandbox.Text(payload, "invoice.id") {
			return errors.New("the same request made two invoices")
		}
		p.invoice = sandbox.Text(payload, "invoice.id")
	}
	a, err := p.account(ctx)
	if err != nil {
		return err
	}
	return sandbox.Same("what can be invoiced", sandbox.Text(a, "invoiceable.amount"), "137.78")
}

func (p *play) issue(ctx context.Context) error {
	d, err := p.Send(ctx, p.Operator, "InvoiceQueue", nil)
	if err != nil {
		return err
	}
	queue, _ := sandbox.At(d, "invoices.nodes").([]any)
	p.Say("%d in the queue", len(queue))
	payload, err := p.Done(ctx, p.Operator, "ApproveInvoice", sandbox.In(object{"invoiceId": p.invoice}))
	if err != nil {
		return err
	}
	now := p.now.In(zone)
	next := time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, zone)
	if err := sandbox.Same("it is issued before", sandbox.Text(payload, "invoice.issueBy"), next.UTC().Format(time.RFC3339)); err != nil {
		return err
	}
	payload, err = p.Done(ctx, p.Operator, "IssueInvoice", sandbox.In(object{"invoiceId": p.invoice}))
	if err != nil {
		return err
	}
	p.Say("number %s", sandbox.Text(payload, "invoice.number"))
	return sandbox.Same("the invoice", sandbox.Text(payload, "invoice.status"), "ISSUED")
}

func (p *play) download(ctx context.Context) error {
	a, err := p.account(ctx)
	if err != nil {
		return err
	}
	if err := sandbox.Same("what can be invoiced", sandbox.Text(a, "invoiceable.amount"), "137.78"); err != nil {
		return err
	}
	link := sandbox.Text(a, "invoices.nodes.0.downloadUrl")
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil) // a plain link: no header
	if err != nil {
		return err
	}
	resp, err := p.HTTP.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	pdf, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	p.Say("%s, %d bytes", resp.Header.Get("Content-Type"), len(pdf))
	if resp.StatusCode != http.StatusOK || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		return fmt.Errorf("no PDF: %s", resp.Status)
	}
	return nil
}

func (p *play) publish(effective time.Time) object {
	return sandbox.In(object{"kind": "MAINTENANCE", "audience": object{"accountIds": []string{p.owner.Account}}, "title": "例行维护",
		"body": "凌晨进行例行维护，服务可能短暂中断。", "titleEn": "Routine maintenance", "bodyEn": "Services may be interrupted for a moment.",
		"effectiveAt": effective.UTC().Format(time.RFC3339), "channels": []string{"IN_SITE", "EMAIL"}})
}

func (p *play) announce(ctx context.Context) error {
	a, err := p.account(ctx)
	if err != nil {
		return err
	}
	p.cursor = sandbox.Text(a, "notices.edges.0.cursor")
	if _, err := p.Refused(ctx, p.Operator, "PublishNotice", p.publish(p.now.Add(23*time.Hour)), "NOTICE_TOO_LATE", "9.3"); err != nil {
		return err
	}
	live, stop := context.WithCancel(ctx)
	defer stop()
	got := make(chan string, 1)
	failed := make(chan error, 1)
	go func() {
		id, err := p.listen(live)
		if err != nil {
			failed <- err
			return
		}
		got <- id
	}()
	payload, err := p.Done(ctx, p.Operator, "PublishNotice", p.publish(p.now.Add(25*time.Hour)))
	if err != nil {
		return err
	}
	p.notice = sandbox.Text(payload, "notice.id")
	select {
	case err := <-failed:
		return err
	case id := <-got:
		p.Say("told live: %s", id)
		return sandbox.Same("the notice that was told live", id, p.notice)
	case <-time.After(time.Minute):
		return errors.New("nothing was told live")
	}
}

// listen reads the next notice of the account by server-sent events, after the
// last one that is known.
func (p *play) listen(ctx context.Context) (string, error) {
	body, err := json.Marshal(object{"query": contract.Operation("NoticePosted"), "variables": object{"accountId": p.owner.Account, "after": p.cursor}})
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Authorization", "Bearer "+p.owner.Token)
	resp, err := p.HTTP.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		text, ok := strings.CutPrefix(lines.Text(), "data:")
		if !ok || strings.TrimSpace(text) == "" {
			continue
		}
		var event struct {
			Data   object
			Errors []any
		}
		if err := json.Unmarshal([]byte(text), &event); err != nil {
			return "", fmt.Errorf("%w: %.200s", err, text)
		}
		if len(event.Errors) > 0 {
			return "", fmt.Errorf("the stream: %v", event.Errors[0])
		}
		return sandbox.Text(event.Data, "noticePosted.notice.id"), nil
	}
	return "", fmt.Errorf("the stream ended: %s", resp.Status)
}

func (p *play) read(ctx context.Context) error {
	a, err := p.account(ctx)
	if err != nil {
		return err
	}
	unread, _ := sandbox.At(a, "unreadNoticeCount").(float64)
	if err := sandbox.Same("the newest unread", sandbox.Text(a, "notices.edges.0.node.id"), p.notice); err != nil {
		return err
	}
	payload, err := p.Done(ctx, p.owner.Token, "MarkNoticesRead", sandbox.In(object{"accountId": p.owner.Account, "noticeIds": []string{p.notice}}))
	if err != nil {
		return err
	}
	if sandbox.Text(payload, "notices.0.readAt") == "" {
		return errors.New("the notice isn't read")
	}
	return sandbox.Same("what is unread", sandbox.At(payload, "account.unreadNoticeCount"), unread-1)
}

func (p *play) leave(ctx context.Context) error {
	payload, err := p.Done(ctx, p.owner.Token, "SetEmployeeRoles", sandbox.In(object{"employeeId": p.hired, "roleIds": []string{p.developerRole}}))
	if err != nil {
		return err
	}
	if err := sandbox.Same("its role", sandbox.Text(payload, "employee.roles.0.code"), "developer"); err != nil {
		return err
	}
	payload, err = p.Done(ctx, p.owner.Token, "OffboardEmployee", sandbox.In(object{"employeeId": p.hired}))
	if err != nil {
		return err
	}
	if err := sandbox.Same("the employee", sandbox.Text(payload, "employee.status"), "OFFBOARDED"); err != nil {
		return err
	}
	_, err = p.Send(ctx, p.employee.Token, "AnyNode", object{"id": p.owner.Account})
	return sandbox.Ended(err)
}

func (p *play) audit(ctx context.Context) error {
	d, err := p.Send(ctx, p.owner.Token, "Audit", object{"id": p.owner.Account, "after": nil})
	if err != nil {
		return err
	}
	nodes, _ := sandbox.At(d, "account.auditEvents.nodes").([]any)
	found := map[string]bool{}
	for _, n := range nodes {
		found[sandbox.Text(n, "action")+" "+sandbox.Text(n, "result")] = true
	}
	for _, want := range []string{"offboardEmployee DONE", "requestInvoice DONE", "placeOrder REFUSED"} {
		if !found[want] {
			return fmt.Errorf("the audit doesn't tell %s", want)
		}
	}
	p.Say("the newest of %d: %s by %s from %s", len(nodes), sandbox.Text(nodes[0], "action"), sandbox.Text(nodes[0], "actor.name"), sandbox.Text(nodes[0], "ipAddress"))
	return nil
}

func (p *play) overview(ctx context.Context) error {
	a, err := p.expect(ctx, "62.22", "0.00", running, "")
	if err != nil {
		return err
	}
	for _, c := range [][2]string{{"status", "ACTIVE"}, {"owner.person.name", "林一"}, {"orders.totalCount", "4"}, {"invoices.nodes.0.status", "ISSUED"},
		{"invoices.nodes.0.amount.amount", "2000.00"}, {"bills.nodes.0.status", "PAID"}, {"bills.nodes.0.lines.0.quantity", "20000"},
		{"ledgerEntries.nodes.0.kind", "ARREARS"}, {"ledgerEntries.nodes.0.subject.__typename", "Bill"}} {
		if err := sandbox.Same(c[0], sandbox.At(a, c[0]), c[1]); err != nil {
			return err
		}
	}
	return nil
}

func (p *play) signOut(ctx context.Context) error {
	_, err := p.Done(ctx, p.owner.Token, "SignOut", sandbox.In(object{"everywhere": true}))
	return err
}
