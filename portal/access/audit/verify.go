package audit

import (
	"context"
	"fmt"
	"time"

	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/auditlink"
	"portico/ent/db/auditseal"
	"portico/ent/db/predicate"
	"portico/ent/statement"
)

// What a finding says of an event or a seal.
const (
	// Changed: it isn't what was sealed.
	Changed = "CHANGED"
	// Removed: it was sealed, and is gone.
	Removed = "REMOVED"
	// Inserted: it is dated in an hour that had been sealed without it.
	Inserted = "INSERTED"
)

// Finding is something that isn't as it was sealed. The findings of an account come
// in the order of its chain, so that the first names the first event.
type Finding struct {
	Finding   string `json:"finding"`
	AccountID string `json:"accountId,omitempty"`
	EventID   string `json:"eventId,omitempty"`
	SealID    string `json:"sealId,omitempty"`
	Position  int64  `json:"position,omitempty"`
	Problem   string `json:"problem"`
}

// verifyPage is how many rows one statement of a check reads.
const verifyPage = 1000

// Verify checks all audit events against their seals, and the seals against each
// other, over a bounded memory. Events that are past their retention
// (retention.audit) may be gone. For `portico audit verify`.
func Verify(ctx context.Context, s *ent.Store) ([]Finding, error) {
	v := &verifier{store: s, kept: s.Wall().Add(-clause.Standard(clause.RetentionAudit).Elapsed())}
	for _, check := range []func(context.Context) error{v.chains, v.order, v.unsealed} {
		if err := check(ctx); err != nil {
			return v.found, err
		}
	}
	return v.found, nil
}

// verifier is a check that runs.
type verifier struct {
	store *ent.Store
	kept  time.Time // earlier events may have been purged
	found []Finding
	seals []*db.AuditSeal // read ahead
	last  *db.AuditSeal   // that was read
}

// nextSeal returns the next seal, in the order of account and number; nil after the
// last.
func (v *verifier) nextSeal(ctx context.Context) (*db.AuditSeal, error) {
	if len(v.seals) == 0 {
		q := v.store.Read().AuditSeal.Query().Order(db.Asc(auditseal.FieldAccountID, auditseal.FieldNumber)).Limit(verifyPage)
		if v.last != nil {
			q = q.Where(auditseal.Or(auditseal.AccountIDGT(v.last.AccountID), auditseal.And(auditseal.AccountID(v.last.AccountID), auditseal.NumberGT(v.last.Number))))
		}
		rows, err := q.All(ctx)
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		v.seals, v.last = rows, rows[len(rows)-1]
	}
	seal := v.seals[0]
	v.seals = v.seals[1:]
	return seal, nil
}

// chain is the state of a walk over the chain of an account.
type chain struct {
	account string
	before  *db.AuditSeal
	last    int64
	value   string
}

// chains walks over all seals, and over the events of each.
func (v *verifier) chains(ctx context.Context) error {
	var c *chain
	for {
		seal, err := v.nextSeal(ctx)
		if err != nil || (seal == nil && c == nil) {
			return err
		}
		if c != nil && (seal == nil || seal.AccountID != c.account) {
			if err := v.beyond(ctx, c); err != nil {
				return err
			}
		}
		if seal == nil {
			return nil
		}
		if c == nil || seal.AccountID != c.account {
			c = &chain{account: seal.AccountID}
		}
		if err := v.seal(ctx, c, seal); err != nil {
			return err
		}
	}
}

// seal checks a seal: itself, that it follows the one before, and its events.
func (v *verifier) seal(ctx context.Context, c *chain, seal *db.AuditSeal) error {
	number, previous := int64(1), ""
	if c.before != nil {
		number, previous = c.before.Number+1, c.before.Digest
	}
	find := func(finding, problem string) {
		v.found = append(v.found, Finding{Finding: finding, AccountID: c.account, SealID: seal.ID, Problem: problem})
	}
	switch {
	case seal.Number != number:
		find(Removed, fmt.Sprintf("the seals %d to %d of the account are gone", number, seal.Number-1))
		c.last, c.value = seal.Last-seal.Events, ""
	case seal.Previous != previous:
		find(Changed, "the seal doesn't follow the one before")
	case seal.Digest != digestOf(seal):
		find(Changed, "the seal isn't what its digest was made of")
	}
	gap := seal.Number != number
	if c.before != nil && !gap && seal.UntilAt.Equal(c.before.UntilAt) && c.before.Events < mostSealed {
		v.found = append(v.found, v.insertedOf(ctx, seal))
	}
	if err := v.events(ctx, c, seal, gap); err != nil {
		return err
	}
	if c.value != seal.Head {
		find(Changed, "its last event isn't the one that was sealed last")
	}
	c.before, c.last, c.value = seal, seal.Last, seal.Head
	return nil
}

// events checks the events of a seal. After a gap the value before the first isn't
// known, and that event is taken as it is.
func (v *verifier) events(ctx context.Context, c *chain, seal *db.AuditSeal, unknown bool) error {
	purged := seal.FromAt.Before(v.kept)
	for c.last < seal.Last {
		links, err := v.store.Read().AuditLink.Query().Where(auditlink.AccountID(c.account), auditlink.PositionGT(c.last), auditlink.PositionLTE(seal.Last)).
			Order(db.Asc(auditlink.FieldPosition)).Limit(verifyPage).All(ctx)
		if err != nil {
			return err
		}
		if len(links) == 0 {
			v.gone(c, seal, seal.Last+1)
			c.value = seal.Head
			return nil
		}
		events, err := v.eventsOf(ctx, links)
		if err != nil {
			return err
		}
		for _, l := range links {
			if l.Position != c.last+1 {
				v.gone(c, seal, l.Position)
				unknown = true
			}
			problem, finding := "", Changed
			switch e := events[l.ID]; {
			case e == nil && purged:
			case e == nil:
				finding, problem = Removed, "the event was removed"
			case l.SealID != seal.ID || chainOf(e) != c.account:
				problem = "the event was moved"
			case !unknown && chained(c.value, c.account, e, partsOf(v.store, e)) != l.Value:
				problem = "the event isn't what was sealed"
			}
			if problem != "" {
				v.found = append(v.found, Finding{Finding: finding, AccountID: c.account, EventID: l.ID, SealID: seal.ID, Position: l.Position, Problem: problem})
			}
			c.last, c.value, unknown = l.Position, l.Value, false
		}
	}
	return nil
}

// gone reports places of a chain that are gone, up to one that is there.
func (v *verifier) gone(c *chain, seal *db.AuditSeal, until int64) {
	v.found = append(v.found, Finding{Finding: Removed, AccountID: c.account, SealID: seal.ID, Position: c.last + 1,
		Problem: fmt.Sprintf("%d events and their places in the chain are gone", until-c.last-1)})
	c.last = until - 1
}

// after is the condition that an event comes after the one of an instant and id, by
// time and then by id.
func after(at time.Time, id string) predicate.AuditEvent {
	return auditevent.Or(auditevent.AtGT(at), auditevent.And(auditevent.AtEQ(at), auditevent.IDGT(id)))
}

func (v *verifier) eventsOf(ctx context.Context, links []*db.AuditLink) (map[string]*db.AuditEvent, error) {
	ids := make([]string, len(links))
	for i, l := range links {
		ids[i] = l.ID
	}
	rows, err := v.store.Read().AuditEvent.Query().Where(auditevent.IDIn(ids...)).All(ctx)
	events := make(map[string]*db.AuditEvent, len(rows))
	for _, e := range rows {
		events[e.ID] = e
	}
	return events, err
}

// beyond reports places of a chain after its last seal: the seals were removed.
func (v *verifier) beyond(ctx context.Context, c *chain) error {
	l, err := v.store.Read().AuditLink.Query().Where(auditlink.AccountID(c.account), auditlink.PositionGT(c.last)).Order(db.Asc(auditlink.FieldPosition)).First(ctx)
	if db.IsNotFound(err) {
		return nil
	}
	if err == nil {
		v.found = append(v.found, Finding{Finding: Removed, AccountID: c.account, SealID: l.SealID, EventID: l.ID, Position: l.Position,
			Problem: "the seals of this event and of those after it are gone"})
	}
	return err
}

// insertedOf is the finding of a seal of an hour that had been sealed before.
func (v *verifier) insertedOf(ctx context.Context, seal *db.AuditSeal) Finding {
	f := Finding{Finding: Inserted, AccountID: seal.AccountID, SealID: seal.ID, Position: seal.Last - seal.Events + 1,
		Problem: "the event is dated in an hour that had been sealed without it"}
	if l, err := v.store.Read().AuditLink.Query().Where(auditlink.AccountID(seal.AccountID), auditlink.Position(f.Position)).Only(ctx); err == nil {
		f.EventID = l.ID
	}
	return f
}

// order checks that hours were sealed in their order: a seal of an earlier hour is of
// events that weren't there before.
func (v *verifier) order(ctx context.Context) error {
	var until time.Time
	for after := ""; ; {
		rows, err := v.store.Read().AuditSeal.Query().Where(auditseal.IDGT(after)).Order(db.Asc(auditseal.FieldID)).Limit(verifyPage).All(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, seal := range rows {
			if seal.UntilAt.Before(until) {
				v.found = append(v.found, v.insertedOf(ctx, seal))
			} else {
				until = seal.UntilAt
			}
		}
		after = rows[len(rows)-1].ID
	}
}

// unsealed reports events of hours that were sealed without them. Those of the last
// sealed hour may be being sealed, unless their account's are.
func (v *verifier) unsealed(ctx context.Context) error {
	until, err := sealedUntil(ctx, v.store)
	if err != nil || until.IsZero() {
		return err
	}
	at, id := time.Time{}, ""
	for {
		rows, err := v.store.Read().AuditEvent.Query().Where(auditevent.AtLT(until), statement.Unchained(), after(at, id)).
			Order(db.Asc(auditevent.FieldAt, auditevent.FieldID)).Limit(verifyPage).All(ctx)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, e := range rows {
			sealed := e.At.Before(until.Add(-time.Hour))
			if !sealed {
				if sealed, err = v.store.Read().AuditSeal.Query().Where(auditseal.AccountID(chainOf(e)), auditseal.UntilAtGTE(until)).Exist(ctx); err != nil {
					return err
				}
			}
			if sealed {
				v.found = append(v.found, Finding{Finding: Inserted, AccountID: chainOf(e), EventID: e.ID, Problem: "the event is dated in an hour that had been sealed without it"})
			}
		}
		at, id = rows[len(rows)-1].At, rows[len(rows)-1].ID
	}
}
