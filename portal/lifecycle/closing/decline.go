package closing

import (
	"context"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/closing"
	"portico/ent/db/restriction"
	"portico/ent/db/usageperiod"
	"portico/money"
	"portico/portal/correspondence/notice"
	"portico/portal/customer/account"
	"portico/portal/customer/agreement"
	"portico/portal/finance/billing"
	"portico/portal/finance/usage"
	"portico/portal/kernel/command"
	"portico/portal/kernel/param"
	"portico/portal/kernel/standing"
	"portico/portal/trade/service"
)

// DeclineTerms declines a version of the terms, before or after it takes
// effect, and so ends the agreement with the account (0). Every service stops,
// prepaid and metered. Usage is billed as soon as its periods can be closed,
// and what is owed is paid from the balance. From then on the account can only
// be read, settled and exported. For the owner (TERMS_DECLINE). An account is
// closed once: declining again returns the same closing. Refusals: NOT_FOUND,
// TERMS_SUPERSEDED, TERMS_ACCEPTED, CLOSING_NOT_CONFIRMED.
func DeclineTerms(ctx context.Context, s *ent.Store, in DeclineTermsInput) (*DeclineTermsPayload, error) {
	c := command.Command{Name: "declineTerms", Permission: authz.TermsDecline, Object: in.AccountID, Field: "accountId", Input: in}
	return command.Do(ctx, s, c, func(tx *command.Tx) (*DeclineTermsPayload, error) {
		begun, err := tx.Closing.Query().Where(closing.AccountKey(in.AccountID)).Only(tx)
		if err == nil {
			return &DeclineTermsPayload{Closing: begun}, nil
		}
		if !db.IsNotFound(err) {
			return nil, err
		}
		t, err := agreement.Declinable(tx.Tx, in.AccountID, in.TermsID)
		if err != nil {
			return nil, err
		}
		row := tx.Found().(*db.Account)
		if in.Confirm == nil || !*in.Confirm {
			return nil, unconfirmed(tx.Tx, row, t)
		}
		begun, err = begin(tx, row, t)
		return &DeclineTermsPayload{Closing: begun}, err
	})
}

// unconfirmed returns the refusal to close an account without confirmation,
// with what the closing would end.
func unconfirmed(tx *ent.Tx, row *db.Account, t *db.Terms) error {
	would, err := preview(tx, tx.Client(), row, tx.Now)
	if err != nil {
		return err
	}
	return NotConfirmed.At("confirm").With("accountId", row.ID).With("termsId", t.ID).With("services", len(would.Services)).
		With("lost", would.Lost.String()).With("owed", would.Owed.String()).With("refundable", would.Refundable.String()).With("currency", row.Currency)
}

// begin does everything that can be done at once. The job does the rest.
func begin(tx *command.Tx, row *db.Account, t *db.Terms) (*db.Closing, error) {
	p := tx.Principal()
	c, err := tx.Closing.Create().SetAccountID(row.ID).SetReason(closing.ReasonTERMS_DECLINED).SetTermsID(t.ID).
		SetRequestedBy(p.ID).SetStartedAt(tx.Now).SetDueAt(tx.Now).SetAddress(p.Address).SetAgent(p.Agent).SetAccountKey(row.ID).Save(tx)
	if ent.IsDuplicate(err) { // a concurrent duplicate came first
		return nil, ent.ErrStale
	}
	if err != nil {
		return nil, err
	}
	tx.AuditObject(row.ID, c.ID)
	tx.AuditDetail("termsId", t.ID)
	err = standing.Restrict(tx.Tx, standing.Cause{Scope: restriction.ScopeACCOUNT, AccountID: row.ID, Code: AccountClosing.Code, Clause: "0", ID: c.ID})
	if err != nil {
		return nil, err
	}
	if err := account.BeginClosing(tx.Tx, row.ID); err != nil {
		return nil, err
	}
	stopped, err := service.StopAll(tx.Tx, row.ID)
	if err != nil {
		return nil, err
	}
	tx.AuditDetail("servicesClosed", stopped)
	if err := usage.EndPeriods(tx.Tx, row.ID); err != nil {
		return nil, err
	}
	if err := announce(tx.Tx, c, t); err != nil {
		return nil, err
	}
	if err := payOwed(tx, c, money.Currency(row.Currency)); err != nil {
		return nil, err
	}
	return tx.Closing.Get(tx, c.ID)
}

// patience is the time after which the job checks again what an account still
// owes.
const patience = 24 * time.Hour

// payOwed pays what is owed from the cash, as much as there is (5.10), and ends
// the settlement when every period is billed and everything is paid. Otherwise
// it sets the time of the next check.
func payOwed(tx *command.Tx, c *db.Closing, currency money.Currency) error {
	if err := billing.SettleArrears(tx, c.AccountID, currency); err != nil {
		return err
	}
	open, err := tx.UsagePeriod.Query().Where(usageperiod.AccountID(c.AccountID), usageperiod.StatusEQ(usageperiod.StatusOPEN)).
		Order(db.Desc(usageperiod.FieldRetryAt, usageperiod.FieldClosesAt)).First(tx)
	if err != nil && !db.IsNotFound(err) {
		return err
	}
	update := tx.Closing.Update().Where(closing.ID(c.ID), closing.SettledAtIsNil())
	if err == nil { // it is billed when it is closed, or when billing is retried
		due := later(open.ClosesAt, tx.Now.Add(time.Minute))
		if open.RetryAt != nil {
			due = later(due, open.RetryAt.Add(time.Minute))
		}
		return update.SetDueAt(due).Exec(tx)
	}
	owed, err := owed(tx.Tx, c.AccountID, currency)
	if err != nil {
		return err
	}
	if !owed.IsZero() {
		return update.SetDueAt(tx.Now.Add(patience)).Exec(tx)
	}
	return update.ClearDueAt().SetSettledAt(tx.Now).Exec(tx)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// announce notifies the owner, in the portal and by e-mail, that the agreement
// ends.
func announce(tx *ent.Tx, c *db.Closing, t *db.Terms) error {
	a, err := param.Of(tx, tx.Override, c.AccountID, tx.Now)
	if err != nil {
		return err
	}
	zone := a.Zone()
	full, err := tx.Terms.Get(tx, t.ID)
	if err != nil {
		return err
	}
	params := map[string]any{"titleZh": full.TitleZh, "titleEn": full.TitleEn, "version": full.Version,
		"at": tx.Now.In(zone.Location()).Format("2006-01-02 15:04"), "zone": zone.String()}
	filled := func(t clause.Text) clause.Text {
		return clause.Text{ZH: t.In(clause.ZH, params), EN: t.In(clause.EN, params)}
	}
	_, err = notice.Post(tx, notice.Posting{Kind: notice.Account, AccountID: c.AccountID, Clause: "0", SubjectID: c.ID, Email: true,
		Title: clause.Text{ZH: "账户正在终止", EN: "The account is being closed"},
		Body: filled(clause.Text{
			ZH: "您于 {at}（{zone}）拒绝了《{titleZh}》的 {version} 版本。服务已停止；尚未出账的用量将继续出账，应付费用从余额中结清。您仍可查看和导出数据，并结清费用。",
			EN: "On {at} ({zone}), version {version} of {titleEn} was declined. The services are stopped. Usage that is not billed yet will be billed, and what is owed is paid from the balance. You can still view and export data, and settle what is owed."})})
	return err
}
