package ledger

import (
	"context"

	"portico/ent"
	"portico/ent/statement"
	"portico/text"
)

// checkChains walks over the bookings of all accounts: the versions that they
// give the balance row go on without a gap, each entry is of its booking, the
// books run on, each hash is over the one before, and the balance row holds the
// last. What waits to be chained is held to all but the hashes.
// The seals of days are derived again on the way, and compared; so is a digest
// that was kept elsewhere, if there is one.
func checkChains(ctx context.Context, s *ent.Store, kept *Digest, report func(Finding)) error {
	days, err := readDays(ctx, s, kept)
	if err != nil {
		return err
	}
	w := walk{report: report, days: days}
	if err := statement.EachBooked(ctx, s, func(b statement.Booked) error { w.next(b); return nil }); err != nil {
		return err
	}
	w.endChain()
	return days.check(ctx, s, report)
}

// walk is the state of a walk over the entries of all chains.
type walk struct {
	report func(Finding)
	days   *sealedDays
	// last is the entry before.
	last *statement.Booked
	// Of the chain: what its books are at, the hash of the booking before, and
	// whether bookings are dated in their order.
	books    map[string]int64
	previous string
	dated    Dated
	// Of the booking: its first entry, and what its hash is over.
	first   statement.Booked
	booking chained
}

// next takes an entry.
func (w *walk) next(b statement.Booked) {
	switch {
	case w.last == nil || w.last.AccountID != b.AccountID || w.last.Currency != b.Currency:
		w.endChain()
		w.books, w.previous, w.dated = map[string]int64{}, "", Dated{}
		w.beginBooking(b, 1)
	case w.last.Position/maxEntries != b.Position/maxEntries:
		w.endBooking()
		w.beginBooking(b, w.last.Position/maxEntries+1)
	}
	w.entry(b)
	w.last = &b
}

// beginBooking takes the first entry of a booking, which gives the balance row a
// version.
func (w *walk) beginBooking(b statement.Booked, version int64) {
	w.first = b
	w.booking = chained{account: b.AccountID, currency: b.Currency, id: b.TransactionID, version: b.Position / maxEntries}
	if w.booking.version != version {
		w.find(Finding{Rule: "VERSION", Subject: b.TransactionID, Problem: "a booking before it is missing, or in its place", Want: version, Have: w.booking.version})
	}
	t := b.Of
	if t == nil {
		w.find(Finding{Rule: "ENTRY", Subject: b.ID, Problem: "an entry is of no booking"})
		return
	}
	if w.dated.Back(t.At) {
		w.find(Finding{Rule: "DATED", Subject: b.TransactionID, Problem: "a booking is dated before one that came before it"})
	}
	w.booking.kind, w.booking.subject, w.booking.cause = t.Kind, t.SubjectID, t.CauseKey
	w.booking.reverses, w.booking.at, w.booking.adopted = text.Value(t.ReversesID), t.At, t.AdoptedAt
}

// entry checks an entry of the booking, and adds it to its book.
func (w *walk) entry(b statement.Booked) {
	if place, next := b.Position%maxEntries, int64(len(w.booking.entries)); place != next || b.TransactionID != w.booking.id {
		w.find(Finding{Rule: "VERSION", Subject: b.ID, Problem: "an entry is not in its place", Want: next, Have: place})
	}
	if t := b.Of; t != nil && (t.AccountID != b.AccountID || t.Kind != b.Kind || t.SubjectID != b.SubjectID || !t.At.Equal(b.At)) {
		w.find(Finding{Rule: "ENTRY", Subject: b.ID, Problem: "an entry contradicts its booking"})
	}
	after := int64(0)
	customer := ofCustomer(b.Book)
	if customer {
		w.books[b.Book] += b.AmountMinor
		after = w.books[b.Book]
	}
	if customer != b.CustomerSide {
		w.find(Finding{Rule: "ENTRY", Subject: b.ID, Problem: "an entry is on the wrong side"})
	}
	if b.BalanceAfterMinor != after {
		w.find(Finding{Rule: "RUNNING", Subject: b.ID, Problem: "the running balance of a book is not the sum of its entries",
			Want: after, Have: b.BalanceAfterMinor, Currency: b.Currency})
	}
	w.booking.entries = append(w.booking.entries, chainedEntry{b.ID, b.Book, b.CustomerSide, b.AmountMinor, b.BalanceAfterMinor, b.Position})
}

// endBooking checks that the booking is chained as it is.
func (w *walk) endBooking() {
	t := w.first.Of
	if t == nil {
		return
	}
	version := w.booking.version
	if version > w.first.HeadVersion { // it waits to be chained
		if t.Hash != nil || t.BalanceVersion != nil || t.Currency != nil || t.AdoptedAt != nil {
			w.find(Finding{Rule: "CHAIN", Subject: w.booking.id, Problem: "a booking is chained beyond the head of its chain", Want: w.first.HeadVersion, Have: version})
		}
		return
	}
	hash := w.booking.over(w.previous)
	if t.Hash == nil || t.BalanceVersion == nil || *t.BalanceVersion != version || text.Value(t.Currency) != w.booking.currency || *t.Hash != hash {
		w.find(Finding{Rule: "CHAIN", Subject: w.booking.id, Problem: "a booking is not what was chained", Want: version, Have: version})
	}
	w.days.booked(w.booking, hash)
	if w.previous = hash; t.Hash != nil { // the one that is stored: one change is one finding
		w.previous = *t.Hash
	}
	if version == w.first.HeadVersion && w.first.Head != w.previous {
		w.find(Finding{Rule: "HEAD", Subject: w.first.RowID, Problem: "the head of a chain is not its last booking"})
	}
}

// endChain checks that the balance row holds the last booking of the chain.
func (w *walk) endChain() {
	if w.last == nil {
		return
	}
	w.endBooking()
	w.days.endChain()
	version := w.last.Position / maxEntries
	if w.last.RowVersion != version {
		w.find(Finding{Rule: "VERSION", Subject: w.last.RowID, Problem: "the last booking is missing, or one is too many", Want: w.last.RowVersion, Have: version})
	}
	if w.last.HeadVersion > version || w.last.HeadVersion == 0 && w.last.Head != "" {
		w.find(Finding{Rule: "HEAD", Subject: w.last.RowID, Problem: "the head of a chain is no booking's", Want: w.last.HeadVersion, Have: version})
	}
}

// find reports a finding of the chain's account.
func (w *walk) find(f Finding) {
	f.AccountID = w.first.AccountID
	w.report(f)
}

// ofCustomer reports whether a book is the customer's.
func ofCustomer(book string) bool {
	switch book {
	case bookCash, bookBonus, bookSuspense, bookReceivable:
		return true
	}
	return false
}
