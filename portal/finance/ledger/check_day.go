package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sort"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/ledgerday"
	"portico/ent/statement"
)

// sealedDay is a day that was sealed, and what is derived of it anew.
type sealedDay struct {
	row   *db.LedgerDay
	moved lines
}

// sealedDays are all of them, in order.
type sealedDays struct {
	days []sealedDay
	// kept is a digest that somebody kept elsewhere, if there is one; heads are its
	// chains.
	kept  *Digest
	heads map[[2]string]ChainHead
	// moved are the heads of the chain that is walked, by day.
	moved map[int]ChainHead
}

func readDays(ctx context.Context, s *ent.Store, kept *Digest) (*sealedDays, error) {
	rows, err := s.Read().LedgerDay.Query().Order(db.Asc(ledgerday.FieldUntilAt, ledgerday.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	d := &sealedDays{days: make([]sealedDay, len(rows)), kept: kept, moved: map[int]ChainHead{}, heads: map[[2]string]ChainHead{}}
	for i, row := range rows {
		d.days[i] = sealedDay{row, lines{h: sha256.New()}}
	}
	if kept != nil {
		for _, h := range kept.Chains {
			d.heads[[2]string{h.AccountID, h.Currency}] = h
		}
	}
	return d, nil
}

// see takes a booking of the chain that is walked, as it should be chained.
func (d *sealedDays) see(c chained, hash string) {
	day := sort.Search(len(d.days), func(i int) bool { return d.days[i].row.UntilAt.After(c.at) })
	if day < len(d.days) && d.moved[day].Version < c.version {
		d.moved[day] = ChainHead{c.account, c.currency, c.version, hash}
	}
	if h, is := d.heads[[2]string{c.account, c.currency}]; is && h.Version == c.version && h.Hash == hash {
		delete(d.heads, [2]string{c.account, c.currency})
	}
}

// end ends the chain that is walked.
func (d *sealedDays) end() {
	for day, head := range d.moved {
		d.days[day].moved.add(head)
	}
	clear(d.moved)
}

// check compares each day with its seal, and with what was kept elsewhere.
func (d *sealedDays) check(ctx context.Context, s *ent.Store, report func(Finding)) error {
	var previous string
	var from time.Time
	found := d.kept == nil
	find := func(rule string, row *db.LedgerDay, problem string) {
		report(Finding{Rule: rule, Subject: row.Day, Problem: problem})
	}
	for _, day := range d.days {
		row := day.row
		if row.Previous != previous || digestOf(row) != row.Digest {
			find("DAY", row, "the seal of a day was changed, or one before it erased")
		}
		var parts sealedParts
		if err := json.Unmarshal([]byte(row.Documents), &parts); err != nil {
			find("DAY", row, "the seal of a day was changed")
			continue
		}
		anew := *row
		tables, err := statement.DocumentsBetween(ctx, s, from, row.MadeBefore, parts.Tables)
		if err != nil {
			return err
		}
		now, err := json.Marshal(sealedParts{day.moved.sum(), tables})
		if err != nil {
			return err
		}
		anew.Documents, anew.Chains = string(now), day.moved.n
		if parts.Chains != day.moved.sum() || row.Chains != day.moved.n {
			find("DAY", row, "bookings of a sealed day are not what they were")
		}
		for i, t := range tables {
			if i >= len(parts.Tables) || t.Hash != parts.Tables[i].Hash || t.Rows != parts.Tables[i].Rows {
				find("DAY", row, fmt.Sprintf("%s of a sealed day are not what they were: %d rows", t.Table, t.Rows))
			}
		}
		if d.kept != nil && d.kept.Day == row.Day {
			found = true
			if digestOf(&anew) != d.kept.Digest || row.Digest != d.kept.Digest {
				find("KEPT", row, "the digest that was kept is another: history was rewritten")
			}
		}
		previous, from = row.Digest, row.MadeBefore
	}
	if !found {
		report(Finding{Rule: "KEPT", Subject: d.kept.Day, Problem: "the day that was kept is not sealed here"})
	}
	for _, h := range d.heads {
		report(Finding{Rule: "KEPT", AccountID: h.AccountID, Subject: h.Hash, Problem: "a chain is not what it was when its head was kept", Currency: h.Currency, Want: h.Version})
	}
	return nil
}
