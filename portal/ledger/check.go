package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/balance"
	"portico/ent/db/bill"
	"portico/ent/db/fee"
	"portico/ent/db/ledgerentry"
	"portico/ent/db/payment"
	"portico/ent/db/predicate"
	"portico/money"
)

// Finding is something of the ledger that isn't as it must be.
type Finding struct {
	// Rule is which: BALANCED, SUM, NEGATIVE, SUSPENSE, CLEARING, FEE, BILL, INVOICED.
	Rule      string `json:"rule"`
	AccountID string `json:"accountId"`
	// Subject is the transaction, the book or the channel.
	Subject string `json:"subject"`
	// Want and Have are in minor units of Currency.
	Want     int64  `json:"want"`
	Have     int64  `json:"have"`
	Currency string `json:"currency"`
}

// String is a line for people.
func (f Finding) String() string {
	c := money.Currency(f.Currency)
	return fmt.Sprintf("%s %s %s: %s %s instead of %s", f.Rule, f.AccountID, f.Subject,
		money.New(f.Have, c), c, money.New(f.Want, c))
}

// Check derives anew what the ledger must say and tells where it differs:
// every transaction sums to zero per currency; balance rows equal the sums of
// their entries; nothing is negative that may not be; what waits in suspense,
// and what each channel cleared, equals the payments; the cash of paid orders
// and bills equals their fees, and what is owed of bills the arrears. It reads while others book; what looks wrong is looked at
// again with the account held still. For `portico ledger check` and its job.
func Check(ctx context.Context, s *ent.Store) ([]Finding, error) {
	if authz.From(ctx) == nil {
		ctx = authz.With(ctx, authz.AsSystem("ledger.check"))
	}
	suspects, err := findings(ctx, s.Read(), "")
	if err != nil {
		return nil, err
	}
	var accounts []string
	for _, f := range suspects {
		accounts = append(accounts, f.AccountID)
	}
	slices.Sort(accounts)
	var certain []Finding
	for _, id := range slices.Compact(accounts) {
		err := s.Write(ctx, func(tx *ent.Tx) error {
			for _, c := range money.Currencies() { // whoever books changes the row
				if _, err := tx.Balance.Update().Where(balance.AccountID(id), balance.Currency(c.String())).AddTurn(0).Save(tx); err != nil {
					return err
				}
			}
			if err := tx.Fee.Update().Where(fee.AccountID(id)).AddInvoicedMinor(0).Exec(tx); err != nil { // whoever claims changes these
				return err
			}
			again, err := findings(tx, tx.Client(), id)
			certain = append(certain, again...)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return certain, nil
}

// sum is one group of entries, payments or fees.
type sum struct {
	AccountID     string `json:"account_id"`
	Currency      string `json:"currency"`
	TransactionID string `json:"transaction_id"`
	Book          string `json:"book"`
	Channel       string `json:"channel"`
	Total         int64  `json:"total"`
}

// What is paid: ids that begin so.
const (
	orderPrefix = "ordr_"
	billPrefix  = "bill_"
)

// place is where a sum belongs: an account's book or channel.
type place struct{ account, currency, of string }

// findings checks one account, or every one if it is empty.
func findings(ctx context.Context, c *db.Client, accountID string) ([]Finding, error) {
	var all []Finding
	for _, check := range []func(context.Context, *db.Client, string) ([]Finding, error){unbalanced, wrongRows, wrongChannels, wrongRecoverable, wrongFees, wrongBills, wrongClaims} {
		found, err := check(ctx, c, accountID)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func unbalanced(ctx context.Context, c *db.Client, accountID string) ([]Finding, error) {
	var sums []sum
	err := entriesOf(c, accountID).Modify(func(s *sql.Selector) {
		s.Select(s.C("account_id"), s.C("currency"), s.C("transaction_id"), sql.As(sql.Sum(s.C("amount_minor")), "total")).
			GroupBy(s.C("account_id"), s.C("currency"), s.C("transaction_id")).Having(sql.NEQ(sql.Sum(s.C("amount_minor")), 0))
	}).Scan(ctx, &sums)
	all := make([]Finding, len(sums))
	for i, s := range sums {
		all[i] = Finding{"BALANCED", s.AccountID, s.TransactionID, 0, s.Total, s.Currency}
	}
	return all, err
}

// wrongRows compares the balance rows with their entries, and with the payments
// that wait.
func wrongRows(ctx context.Context, c *db.Client, accountID string) ([]Finding, error) {
	var sums []sum
	err := entriesOf(c, accountID).Where(ledgerentry.CustomerSide(true)).GroupBy("account_id", "currency", "book").
		Aggregate(db.As(db.Sum("amount_minor"), "total")).Scan(ctx, &sums)
	if err != nil {
		return nil, err
	}
	booked := map[place]int64{}
	for _, s := range sums {
		booked[place{s.AccountID, s.Currency, s.Book}] = s.Total
	}
	waiting, err := paid(ctx, c, accountID, left, payment.StateEQ(payment.StateSUSPENSE))
	if err != nil {
		return nil, err
	}
	suspense := map[place]int64{}
	for p, total := range waiting {
		suspense[place{p.account, p.currency, ""}] += total
	}
	q := c.Balance.Query()
	if accountID != "" {
		q = q.Where(balance.AccountID(accountID))
	}
	rows, err := q.All(ctx)
	if err != nil {
		return nil, err
	}
	var all []Finding
	for _, row := range rows {
		at := func(of string) place { return place{row.AccountID, row.Currency, of} }
		for _, book := range []string{bookCash, bookBonus, bookSuspense, bookReceivable} {
			figure, sign := customerBook(row, book)
			if want := booked[at(book)]; sign**figure != want {
				all = append(all, Finding{"SUM", row.AccountID, book, want, sign * *figure, row.Currency})
			}
			if *figure < 0 {
				all = append(all, Finding{"NEGATIVE", row.AccountID, book, 0, *figure, row.Currency})
			}
			delete(booked, at(book))
		}
		if free := row.CashMinor + row.BonusMinor - row.HeldMinor; free < 0 || row.HeldMinor < 0 {
			all = append(all, Finding{"NEGATIVE", row.AccountID, "AVAILABLE", 0, min(free, row.HeldMinor), row.Currency})
		}
		if want := suspense[at("")]; want != row.SuspenseMinor {
			all = append(all, Finding{"SUSPENSE", row.AccountID, bookSuspense, want, row.SuspenseMinor, row.Currency})
		}
	}
	for p, want := range booked { // entries without a row
		all = append(all, Finding{"SUM", p.account, p.of, want, 0, p.currency})
	}
	return all, nil
}

// wrongChannels compares what each channel cleared with its payments.
func wrongChannels(ctx context.Context, c *db.Client, accountID string) ([]Finding, error) {
	var all []Finding
	for _, side := range []struct {
		name  string
		kinds []string
		sign  int64
		of    figure
		only  []predicate.Payment
	}{
		{"IN", []string{KindTopUp, KindTopUpSuspense}, -1, whole, nil},
		{"OUT", []string{KindSuspenseReturn}, 1, left, []predicate.Payment{payment.StateEQ(payment.StateRETURNED), payment.StatusIsNil()}},
		{"BACK", []string{KindRefunded}, 1, reversed, nil},
	} {
		want, err := paid(ctx, c, accountID, side.of, side.only...)
		if err != nil {
			return nil, err
		}
		var sums []sum
		err = entriesOf(c, accountID).Where(ledgerentry.BookHasPrefix(bookClearing), ledgerentry.KindIn(side.kinds...)).
			GroupBy("account_id", "currency", "book").Aggregate(db.As(db.Sum("amount_minor"), "total")).Scan(ctx, &sums)
		if err != nil {
			return nil, err
		}
		have := map[place]int64{}
		for _, s := range sums {
			have[place{s.AccountID, s.Currency, strings.TrimPrefix(s.Book, bookClearing)}] = side.sign * s.Total
		}
		all = append(all, differences("CLEARING", side.name+":", want, have)...)
	}
	return all, nil
}

// wrongFees compares the cash that orders and bills took with their fees.
func wrongFees(ctx context.Context, c *db.Client, accountID string) ([]Finding, error) {
	var cash, fees []sum
	err := entriesOf(c, accountID).Where(ledgerentry.Book(bookCash), ledgerentry.Or(ledgerentry.SubjectIDHasPrefix(orderPrefix), ledgerentry.SubjectIDHasPrefix(billPrefix))).
		GroupBy("account_id", "currency", "book").Aggregate(db.As(db.Sum("amount_minor"), "total")).Scan(ctx, &cash)
	if err != nil {
		return nil, err
	}
	q := c.Fee.Query()
	if accountID != "" {
		q = q.Where(fee.AccountID(accountID))
	}
	if err := q.GroupBy("account_id", "currency").Aggregate(db.As(db.Sum("paid_minor"), "total")).Scan(ctx, &fees); err != nil {
		return nil, err
	}
	want, have := map[place]int64{}, map[place]int64{}
	for _, s := range cash {
		want[place{s.AccountID, s.Currency, bookCash}] = -s.Total
	}
	for _, s := range fees {
		have[place{s.AccountID, s.Currency, bookCash}] = s.Total
	}
	return differences("FEE", "", want, have), nil
}

// wrongBills compares what bills say is paid and owed with what was booked for
// them.
func wrongBills(ctx context.Context, c *db.Client, accountID string) ([]Finding, error) {
	q := c.Bill.Query()
	if accountID != "" {
		q = q.Where(bill.AccountID(accountID))
	}
	var bills []struct {
		AccountID string `json:"account_id"`
		Currency  string `json:"currency"`
		Total     int64  `json:"total"`
		Bonus     int64  `json:"bonus"`
		Cash      int64  `json:"cash"`
	}
	err := q.GroupBy("account_id", "currency").Aggregate(db.As(db.Sum("total_minor"), "total"),
		db.As(db.Sum("paid_bonus_minor"), "bonus"), db.As(db.Sum("paid_cash_minor"), "cash")).Scan(ctx, &bills)
	if err != nil {
		return nil, err
	}
	var entries []sum
	err = entriesOf(c, accountID).Where(ledgerentry.CustomerSide(true), ledgerentry.SubjectIDHasPrefix(billPrefix)).
		GroupBy("account_id", "currency", "book").Aggregate(db.As(db.Sum("amount_minor"), "total")).Scan(ctx, &entries)
	if err != nil {
		return nil, err
	}
	want, have := map[place]int64{}, map[place]int64{}
	for _, s := range entries {
		want[place{s.AccountID, s.Currency, s.Book}] = -s.Total
	}
	for _, b := range bills {
		have[place{b.AccountID, b.Currency, bookBonus}] = b.Bonus
		have[place{b.AccountID, b.Currency, bookCash}] = b.Cash
		have[place{b.AccountID, b.Currency, bookReceivable}] = b.Total - b.Bonus - b.Cash
	}
	return differences("BILL", "", want, have), nil
}

func differences(rule, prefix string, want, have map[place]int64) []Finding {
	var all []Finding
	for p, w := range want {
		if have[p] != w {
			all = append(all, Finding{rule, p.account, prefix + p.of, w, have[p], p.currency})
		}
	}
	for p, h := range have {
		if _, ok := want[p]; !ok && h != 0 {
			all = append(all, Finding{rule, p.account, prefix + p.of, 0, h, p.currency})
		}
	}
	return all
}

func entriesOf(c *db.Client, accountID string) *db.LedgerEntryQuery {
	q := c.LedgerEntry.Query()
	if accountID != "" {
		q = q.Where(ledgerentry.AccountID(accountID))
	}
	return q
}

// figure is what of payments is summed.
type figure string

// The figures of payments: what was paid, what of it was not sent back by its
// channel, what was, and what of that is owed.
const (
	whole     figure = payment.FieldAmountMinor
	reversed  figure = payment.FieldReversedMinor
	uncovered figure = payment.FieldUncoveredMinor
	left      figure = "left"
)

// paid sums payments of accounts by account, currency and channel.
func paid(ctx context.Context, c *db.Client, accountID string, of figure, only ...predicate.Payment) (map[place]int64, error) {
	if of == left {
		all, err := paid(ctx, c, accountID, whole, only...)
		if err != nil {
			return nil, err
		}
		back, err := paid(ctx, c, accountID, reversed, only...)
		for p, total := range back {
			all[p] -= total
		}
		return all, err
	}
	q := c.Payment.Query().Where(payment.AccountIDNEQ("")).Where(only...)
	if accountID != "" {
		q = q.Where(payment.AccountID(accountID))
	}
	var sums []sum
	err := q.GroupBy("account_id", "currency", "channel").Aggregate(db.As(db.Sum(string(of)), "total")).Scan(ctx, &sums)
	m := make(map[place]int64, len(sums))
	for _, s := range sums {
		m[place{s.AccountID, s.Currency, s.Channel}] = s.Total
	}
	return m, err
}
