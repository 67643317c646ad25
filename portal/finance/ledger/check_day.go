package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sort"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/ledgerday"
	"portico/ent/statement"
)

// sealedDays are the days that were sealed, while what they seal is derived again.
type sealedDays struct {
	days []sealedDay // in their order
	// kept is a digest that somebody kept elsewhere, if there is one; missing are the
	// heads of its chains that weren't met yet.
	kept    *Digest
	missing map[chainKey]ChainHead
	// moved are the heads of the chain that is walked, by day.
	moved map[int]ChainHead
}

// sealedDay is a day that was sealed, and its chains as they are derived.
type sealedDay struct {
	row   *db.LedgerDay
	moved lines
}

// chainKey names a chain.
type chainKey struct{ accountID, currency string }

func readDays(ctx context.Context, s *ent.Store, kept *Digest) (*sealedDays, error) {
	rows, err := s.Read().LedgerDay.Query().Order(db.Asc(ledgerday.FieldUntilAt, ledgerday.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	d := &sealedDays{days: make([]sealedDay, len(rows)), kept: kept, moved: map[int]ChainHead{}, missing: map[chainKey]ChainHead{}}
	for i, row := range rows {
		d.days[i] = sealedDay{row, lines{h: sha256.New()}}
	}
	if kept != nil {
		for _, h := range kept.Chains {
			d.missing[chainKey{h.AccountID, h.Currency}] = h
		}
	}
	return d, nil
}

// booked takes a booking of the chain that is walked, with the hash that it should
// have.
func (d *sealedDays) booked(c chained, hash string) {
	day := sort.Search(len(d.days), func(i int) bool { return d.days[i].row.UntilAt.After(c.at) })
	if day < len(d.days) && d.moved[day].Version < c.version {
		d.moved[day] = ChainHead{c.account, c.currency, c.version, hash}
	}
	key := chainKey{c.account, c.currency}
	if h, is := d.missing[key]; is && h.Version == c.version && h.Hash == hash {
		delete(d.missing, key)
	}
}

// endChain ends the chain that is walked.
func (d *sealedDays) endChain() {
	for day, head := range d.moved {
		d.days[day].moved.add(head)
	}
	clear(d.moved)
}

// check compares each day with its seal, and with what was kept elsewhere.
func (d *sealedDays) check(ctx context.Context, s *ent.Store, report func(Finding)) error {
	before, found := &db.LedgerDay{}, false
	for _, day := range d.days {
		find := func(rule, problem string) {
			report(Finding{Rule: rule, Subject: day.row.Day, Problem: problem})
		}
		derived, err := day.check(ctx, s, before, find)
		if err != nil {
			return err
		}
		if derived == nil { // the day after it is found not to follow
			continue
		}
		if d.kept != nil && d.kept.Day == day.row.Day {
			found = true
			if digestOf(derived) != d.kept.Digest || day.row.Digest != d.kept.Digest {
				find("KEPT", "the digest that was kept is another: history was rewritten")
			}
		}
		before = day.row
	}
	if d.kept != nil && !found {
		report(Finding{Rule: "KEPT", Subject: d.kept.Day, Problem: "the day that was kept is not sealed here"})
	}
	for _, h := range d.missing {
		report(Finding{Rule: "KEPT", AccountID: h.AccountID, Subject: h.Hash, Problem: "a chain is not what it was when its head was kept", Currency: h.Currency, Want: h.Version})
	}
	return nil
}

// check compares a day with its seal, and returns the row as it would be sealed
// now; nil if the row can't be read.
func (d sealedDay) check(ctx context.Context, s *ent.Store, before *db.LedgerDay, find func(rule, problem string)) (*db.LedgerDay, error) {
	row := d.row
	if row.Previous != before.Digest || digestOf(row) != row.Digest {
		find("DAY", "the seal of a day was changed, or one before it erased")
	}
	var parts sealedParts
	if err := json.Unmarshal([]byte(row.Documents), &parts); err != nil {
		find("DAY", "the seal of a day was changed")
		return nil, nil
	}
	tables, err := statement.DocumentsBetween(ctx, s, before.MadeBefore, row.MadeBefore, parts.Tables)
	if err != nil {
		return nil, err
	}
	chains := d.moved.sum()
	if parts.Chains != chains || row.Chains != d.moved.n {
		find("DAY", "bookings of a sealed day are not what they were")
	}
	for i, t := range tables {
		if i >= len(parts.Tables) || t.Hash != parts.Tables[i].Hash || t.Rows != parts.Tables[i].Rows {
			find("DAY", fmt.Sprintf("%s of a sealed day are not what they were: %d rows", t.Table, t.Rows))
		}
	}
	documents, err := json.Marshal(sealedParts{chains, tables})
	if err != nil {
		return nil, err
	}
	derived := *row
	derived.Documents, derived.Chains = string(documents), d.moved.n
	return &derived, nil
}
