package ledger

import (
	"context"

	"portico/ent"
	"portico/ent/statement"
	"portico/text"
)

// chains walks over the bookings of all accounts: the versions that they
// give the balance row go on without a gap, each entry is of its booking, the books run on, each hash is over the one
// before, and the balance row holds the last. What waits to be chained is held to
// all but the hashes.
// The days that were sealed are derived anew on the way, and compared; so is a
// digest that was kept elsewhere.
func chains(ctx context.Context, s *ent.Store, kept *Digest, report func(Finding)) error {
	days, err := readDays(ctx, s, kept)
	if err != nil {
		return err
	}
	w := walk{report: report, days: days}
	if err := statement.EachBooked(ctx, s, func(b statement.Booked) error { w.see(b); return nil }); err != nil {
		return err
	}
	w.end()
	return days.check(ctx, s, report)
}

// walk is where a walk over the bookings stands.
type walk struct {
	report func(Finding)
	days   *sealedDays
	// last is the entry before; books are the figures of its account's books.
	last  *statement.Booked
	books map[string]int64
	// link is the booking that the entries are of, first the first of them, head the
	// hash of the one before it.
	link  chained
	first statement.Booked
	head  string
	dated Dated
}

func (w *walk) find(rule, subject, problem string, want, have int64, currency string) {
	w.report(Finding{rule, w.first.AccountID, subject, problem, want, have, currency})
}

// see takes the next entry.
func (w *walk) see(b statement.Booked) {
	switch {
	case w.last == nil || w.last.AccountID != b.AccountID || w.last.Currency != b.Currency:
		w.end()
		w.books, w.head, w.dated = map[string]int64{}, "", Dated{}
		w.begin(b, 0)
	case w.last.Position/maxEntries != b.Position/maxEntries:
		before := w.last.Position / maxEntries
		w.close()
		w.begin(b, before)
	}
	w.entry(b)
	w.last = &b
}

// begin takes the first entry of a booking, after the one that gave the
// balance row the version before.
func (w *walk) begin(b statement.Booked, before int64) {
	version := b.Position / maxEntries
	w.first = b
	w.link = chained{account: b.AccountID, currency: b.Currency, id: b.TransactionID, version: version}
	if version != before+1 {
		w.find("VERSION", b.TransactionID, "a booking before it is missing, or in its place", before+1, version, "")
	}
	t := b.Of
	if t == nil {
		w.find("ENTRY", b.ID, "an entry is of no booking", 0, 0, "")
		return
	}
	if w.dated.Back(t.At) {
		w.find("DATED", b.TransactionID, "a booking is dated before one that came before it", 0, 0, "")
	}
	w.link.kind, w.link.subject, w.link.cause, w.link.reverses, w.link.at, w.link.adopted = t.Kind, t.SubjectID, t.CauseKey, text.Value(t.ReversesID), t.At, t.AdoptedAt
}

// entry takes an entry of a booking.
func (w *walk) entry(b statement.Booked) {
	if at := b.Position % maxEntries; at != int64(len(w.link.entries)) || b.TransactionID != w.link.id {
		w.find("VERSION", b.ID, "an entry is not in its place", int64(len(w.link.entries)), at, "")
	}
	if t := b.Of; t != nil && (t.AccountID != b.AccountID || t.Kind != b.Kind || t.SubjectID != b.SubjectID || !t.At.Equal(b.At)) {
		w.find("ENTRY", b.ID, "an entry contradicts its booking", 0, 0, "")
	}
	after := int64(0)
	customer := sideOf(b.Book)
	if customer {
		w.books[b.Book] += b.AmountMinor
		after = w.books[b.Book]
	}
	if customer != b.CustomerSide {
		w.find("ENTRY", b.ID, "an entry is on the wrong side", 0, 0, "")
	}
	if b.BalanceAfterMinor != after {
		w.find("RUNNING", b.ID, "the running balance of a book is not the sum of its entries", after, b.BalanceAfterMinor, b.Currency)
	}
	w.link.entries = append(w.link.entries, chainedEntry{b.ID, b.Book, b.CustomerSide, b.AmountMinor, b.BalanceAfterMinor, b.Position})
}

// close ends a booking: is it chained as it is?
func (w *walk) close() {
	t := w.first.Of
	if t == nil {
		return
	}
	if w.link.version > w.first.HeadVersion { // it waits to be chained
		if t.Hash != nil || t.BalanceVersion != nil || t.Currency != nil || t.AdoptedAt != nil {
			w.find("CHAIN", w.link.id, "a booking is chained beyond the head of its chain", w.first.HeadVersion, w.link.version, "")
		}
		return
	}
	is := w.link.over(w.head)
	if t.Hash == nil || t.BalanceVersion == nil || *t.BalanceVersion != w.link.version || text.Value(t.Currency) != w.link.currency || *t.Hash != is {
		w.find("CHAIN", w.link.id, "a booking is not what was chained", w.link.version, w.link.version, "")
	}
	w.days.see(w.link, is)
	if w.head = is; t.Hash != nil { // one finding for one change
		w.head = *t.Hash
	}
	if w.link.version == w.first.HeadVersion && w.first.Head != w.head {
		w.find("HEAD", w.first.RowID, "the head of a chain is not its last booking", 0, 0, "")
	}
}

// end ends the chain of an account.
func (w *walk) end() {
	if w.last == nil {
		return
	}
	w.close()
	w.days.end()
	last := w.last.Position / maxEntries
	if w.last.RowVersion != last {
		w.find("VERSION", w.last.RowID, "the last booking is missing, or one is too many", w.last.RowVersion, last, "")
	}
	if w.last.HeadVersion > last || w.last.HeadVersion == 0 && w.last.Head != "" {
		w.find("HEAD", w.last.RowID, "the head of a chain is no booking's", w.last.HeadVersion, last, "")
	}
}

// sideOf reports whether a book is the customer's.
func sideOf(book string) bool {
	switch book {
	case bookCash, bookBonus, bookSuspense, bookReceivable:
		return true
	}
	return false
}
