package ledger_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/balance"
	"portico/ent/db/ledgerday"
	"portico/ent/db/ledgerentry"
	"portico/ent/db/ledgertransaction"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/command"
	"portico/portal/kernel/job"
	"portico/portaltest"
)

// rules returns the rules of the check's findings for the account, and of those
// for no account.
func (b books) rules(kept *ledger.Digest) []string {
	b.t.Helper()
	found, err := ledger.CheckAgainst(b.ctx, b.store, kept)
	if err != nil {
		b.t.Fatal(err)
	}
	var all []string
	for _, f := range found {
		if f.AccountID == b.account || f.AccountID == "" {
			all = append(all, f.Rule)
		}
	}
	return all
}

// chain returns the account's bookings in their order.
func (b books) chain() []*db.LedgerTransaction {
	b.t.Helper()
	rows := b.store.Read().LedgerTransaction.Query().Where(ledgertransaction.AccountID(b.account)).AllX(b.ctx)
	position := func(t *db.LedgerTransaction) int64 {
		return b.store.Read().LedgerEntry.Query().Where(ledgerentry.TransactionID(t.ID)).FirstX(b.ctx).Position
	}
	slices.SortFunc(rows, func(x, y *db.LedgerTransaction) int { return int(position(x) - position(y)) })
	return rows
}

// asBefore makes the account's bookings what a release without chains leaves,
// those after a version of the balance row.
func (b books) asBefore(after int64) {
	b.t.Helper()
	rows := b.chain()
	head := ""
	if after > 0 {
		head = *rows[after-1].Hash
	}
	b.must(func(tx *command.Tx) error {
		for _, row := range rows[after:] {
			if err := tx.LedgerTransaction.Update().Where(ledgertransaction.ID(row.ID)).ClearCurrency().ClearBalanceVersion().ClearHash().ClearAdoptedAt().Exec(tx); err != nil {
				return err
			}
		}
		return tx.Balance.Update().Where(balance.AccountID(b.account)).SetHead(head).SetHeadVersion(after).Exec(tx)
	})
}

func (b books) head() *db.Balance {
	return b.store.Read().Balance.Query().Where(balance.AccountID(b.account)).OnlyX(b.ctx)
}

func TestEachBookingIsChainedToTheOneBefore(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		b := open(t, w)
		for range 3 {
			b.credit(1000)
		}
		rows := b.chain()
		hashes := map[string]bool{}
		for i, row := range rows {
			if row.Hash == nil || len(*row.Hash) != 64 || hashes[*row.Hash] || *row.BalanceVersion != int64(i+1) || *row.Currency != "CNY" || row.AdoptedAt != nil {
				t.Errorf("booking %d is %+v", i, row)
			}
			hashes[*row.Hash] = true
		}
		if h := b.head(); h.Head != *rows[2].Hash || h.HeadVersion != 3 || h.Version != 3 {
			t.Errorf("the head is %+v", h)
		}
		clean(t, b)

		t.Run("3.3: the last booking erased with its entries, and the balance set right, is found", func(t *testing.T) {
			b.must(func(tx *command.Tx) error {
				if _, err := tx.LedgerEntry.Delete().Where(ledgerentry.TransactionID(rows[2].ID)).Exec(tx); err != nil {
					return err
				}
				if _, err := tx.LedgerTransaction.Delete().Where(ledgertransaction.ID(rows[2].ID)).Exec(tx); err != nil {
					return err
				}
				return tx.Balance.Update().Where(balance.AccountID(b.account)).AddCashMinor(-1000).AddVersion(-1).Exec(tx)
			})
			if found := b.rules(nil); !slices.Contains(found, "HEAD") {
				t.Errorf("found %v", found)
			}
		})
		t.Run("3.3: if the head is rolled back too, only a kept digest detects it", func(t *testing.T) {
			b.must(func(tx *command.Tx) error {
				return tx.Balance.Update().Where(balance.AccountID(b.account)).SetHead(*rows[1].Hash).SetHeadVersion(2).Exec(tx)
			})
			if found := b.rules(nil); slices.Contains(found, "HEAD") || slices.Contains(found, "VERSION") || slices.Contains(found, "CHAIN") {
				t.Errorf("found %v", found)
			}
		})
	})
}

func TestWhatAReleaseWithoutChainsBookedIsChainedLater(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		b := open(t, w)
		for range 4 {
			b.credit(1000)
		}
		b.asBefore(2) // as if that release had booked the last two
		clean(t, b)   // this isn't a finding
		b.credit(1000)
		if h := b.head(); h.HeadVersion != 2 || h.Version != 5 {
			t.Errorf("a booking was chained before those that it follows: %+v", h)
		}
		clean(t, b)
		runner := job.Runner{Store: b.store, Holder: "one"}
		if _, err := runner.Once(b.ctx, ledger.Chain()); err != nil {
			t.Fatal(err)
		}
		for i, row := range b.chain() {
			if row.Hash == nil || (i < 2) != (row.AdoptedAt == nil) {
				t.Errorf("booking %d is %+v", i, row)
			}
		}
		if h := b.head(); h.HeadVersion != 5 || h.Version != 5 {
			t.Errorf("the head is %+v", h)
		}
		audited := b.store.Read().AuditEvent.Query().Where(auditevent.Action("chainLedger"), auditevent.AccountID(b.account)).Order(db.Asc(auditevent.FieldID)).FirstX(b.ctx)
		if !strings.Contains(audited.Details, `"bookings":3`) {
			t.Errorf("audited %s", audited.Details)
		}
		if n, err := ledger.Adopt(b.ctx, b.store); n != 0 || err != nil {
			t.Errorf("chained again: %d, %v", n, err)
		}
		b.credit(1000)
		if h := b.head(); h.HeadVersion != 6 {
			t.Errorf("the next is not chained at once: %+v", h)
		}
		clean(t, b)
	})
}

func TestChainingRacesWithBooking(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		b := open(t, w)
		for range 6 {
			b.credit(1000)
		}
		b.asBefore(0)
		var done sync.WaitGroup
		for range 4 {
			done.Go(func() {
				for range 5 {
					b.credit(1000)
				}
			})
			done.Go(func() {
				if _, err := ledger.Adopt(b.ctx, b.store); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		if _, err := ledger.Adopt(b.ctx, b.store); err != nil {
			t.Error(err)
		}
		if h := b.head(); h.Version != 26 || h.HeadVersion != 26 {
			t.Errorf("the head is %+v", h)
		}
		clean(t, b)
	})
}

// made returns a time after every ID that exists.
func made() time.Time {
	return ulid.Time(ulid.MustParse(strings.TrimPrefix(ent.NewID("x"), "x_")).Time() + 1)
}

func TestADayIsSealed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		b := open(t, w)
		b.credit(1000)
		b.credit(500)
		seal := func(day string, until time.Time) *db.LedgerDay {
			t.Helper()
			row, err := ledger.SealDay(b.ctx, b.store, day, until, made())
			if err != nil {
				t.Fatal(err)
			}
			return row
		}
		until := b.store.Now().Add(time.Second)
		b.asBefore(0)
		if row := seal("2026-03-02", until); row != nil {
			t.Error("a day was sealed of which bookings wait to be chained")
		}
		if _, err := ledger.Adopt(b.ctx, b.store); err != nil {
			t.Fatal(err)
		}
		if row := seal("2026-03-02", until); row == nil || row.Chains != 1 || row.Previous != "" {
			t.Fatalf("sealed %+v", row)
		}
		if row := seal("2026-03-02", until); row != nil {
			t.Error("a day was sealed twice")
		}
		kept, err := ledger.DigestOf(b.ctx, b.store, "2026-03-02")
		if err != nil || len(kept.Chains) != 1 || kept.Chains[0].Version != 2 || kept.Chains[0].Hash != b.head().Head {
			t.Fatalf("the digest is %+v, %v", kept, err)
		}
		w.Wall.Advance(24 * time.Hour)
		b.credit(700)
		if row := seal("2026-03-03", b.store.Now().Add(time.Second)); row == nil || row.Previous != kept.Digest {
			t.Fatalf("sealed %+v", row)
		}
		readByAuditors(t, w, kept)
		rulesOf := func(kept *ledger.Digest) []string {
			return slices.DeleteFunc(b.rules(kept), func(rule string) bool {
				return rule != "DAY" && rule != "KEPT" && rule != "CHAIN" && rule != "HEAD" && rule != "VERSION"
			})
		}
		if found := rulesOf(kept); len(found) > 0 {
			t.Errorf("before anything is rewritten: %v", found)
		}

		rewritten(t, b, until, seal, rulesOf, kept)
	})
}

func TestADayIsSealedOnceItHasEnded(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		b, runner := open(t, w), job.Runner{Store: w.Portal.Store, Holder: "one"}
		once := func() string {
			t.Helper()
			if _, err := runner.Once(b.ctx, ledger.Seal()); err != nil {
				t.Fatal(err)
			}
			row, err := ledger.SealOf(b.ctx, b.store.Read(), "")
			if err != nil || row == nil {
				t.Fatalf("sealed %v, %v", row, err)
			}
			return row.Day.String()
		}
		if day := once(); day != "2026-03-01" { // it is 10:00 on 2 March in Shanghai
			t.Errorf("sealed %s", day)
		}
		w.Wall.Set(time.Date(2026, 3, 2, 16, 59, 59, 0, time.UTC)) // one second before 01:00 in Shanghai
		if day := once(); day != "2026-03-01" {
			t.Errorf("sealed %s before an hour had passed since its end", day)
		}
		w.Wall.Advance(time.Hour) // the job runs once an hour
		if day := once(); day != "2026-03-02" {
			t.Errorf("sealed %s", day)
		}
	})
}

// readByAuditors reads the digest through the API.
func readByAuditors(t *testing.T, w *portaltest.World, kept *ledger.Digest) {
	t.Run("3.3: who audits the ledger reads the digest, of that day or of the last", func(t *testing.T) {
		query := `query($d: Date) { ledgerDigest(day: $d) { day until digest previous chains sealedAt } }`
		finance := w.Operator("operator-finance")
		first := portaltest.At(w.Must(finance, query, map[string]any{"d": "2026-03-02"}), "ledgerDigest")
		if portaltest.String(first, "digest") != kept.Digest || portaltest.At(first, "previous") != nil || fmt.Sprint(portaltest.At(first, "chains")) != "1" {
			t.Errorf("%v", first)
		}
		last := portaltest.At(w.Must(finance, query, nil), "ledgerDigest")
		if portaltest.String(last, "day") != "2026-03-03" || portaltest.String(last, "previous") != kept.Digest {
			t.Errorf("%v", last)
		}
		if none := w.Must(finance, query, map[string]any{"d": "2026-02-01"}); portaltest.At(none, "ledgerDigest") != nil {
			t.Errorf("%v", none)
		}
		if r := w.Send(w.Operator("support"), query, nil); len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
			t.Errorf("%s", r.Raw)
		}
	})
}

// rewritten rewrites more and more of the history.
func rewritten(t *testing.T, b books, until time.Time, seal func(string, time.Time) *db.LedgerDay, rulesOf func(*ledger.Digest) []string, kept *ledger.Digest) {
	t.Run("3.3: a day rewritten with its chain, hash by hash, is found by its seal", func(t *testing.T) {
		first := b.chain()[0]
		b.must(func(tx *command.Tx) error {
			if _, err := tx.LedgerTransaction.Delete().Where(ledgertransaction.ID(first.ID)).Exec(tx); err != nil {
				return err
			}
			return tx.LedgerTransaction.Create().SetID(first.ID).SetAccountID(b.account).SetKind(first.Kind).SetSubjectID(first.SubjectID).
				SetCauseKey("PAYMENT:" + ent.NewID("paym")).SetAt(first.At).Exec(tx)
		})
		b.asBefore(0)
		if _, err := ledger.Adopt(b.ctx, b.store); err != nil {
			t.Fatal(err)
		}
		if found := rulesOf(nil); !slices.Contains(found, "DAY") || slices.Contains(found, "CHAIN") {
			t.Errorf("found %v", found)
		}
	})
	t.Run("3.3: with all seals rewritten it is found by the digest that was kept", func(t *testing.T) {
		b.must(func(tx *command.Tx) error {
			_, err := tx.LedgerDay.Delete().Where(ledgerday.IDNEQ("")).Exec(tx)
			return err
		})
		seal("2026-03-02", until)
		seal("2026-03-03", b.store.Now().Add(time.Second))
		if found := rulesOf(nil); len(found) > 0 {
			t.Errorf("without it there is something to find: %v", found)
		}
		if found := rulesOf(kept); !slices.Contains(found, "KEPT") {
			t.Errorf("found %v", found)
		}
	})
}
