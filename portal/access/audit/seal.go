package audit

import (
	"context"
	"slices"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/auditseal"
	"portico/ent/statement"
	"portico/portal/kernel/job"
)

const (
	sealName = "audit.seal"
	// sealEvery is how often the job seals what is due.
	sealEvery = time.Hour
	// settled is the time after an hour's end from which nothing that began in it is
	// still being written.
	settled = time.Hour
	// lookBack is how far before the last sealed hour the job looks for events that
	// were committed late all the same.
	lookBack = 6 * time.Hour
	// mostSealed is how many events one transaction seals, and so one seal.
	mostSealed = 2000
	// perInsert is how many rows are inserted by one statement.
	perInsert = 500
)

// Seal is the job that seals the audit events of each hour, an hour after its end
// (1.2): one seal for each account that has events. It takes a few statements for
// 2,000 events, whatever the number of accounts.
func Seal() job.Job {
	return job.Periodic(sealName, sealEvery, func(ctx context.Context, s *ent.Store) (int, error) {
		return SealBefore(ctx, s, s.Now().Add(-settled).Truncate(time.Hour))
	})
}

// SealBefore seals the events that happened before an instant, hour by hour, and
// returns their number. Several may run at once, or be killed at any point: an event
// is sealed once. For its job.
func SealBefore(ctx context.Context, s *ent.Store, until time.Time) (int, error) {
	if authz.From(ctx) == nil {
		ctx = authz.With(ctx, authz.AsSystem(sealName))
	}
	from, err := sealedUntil(ctx, s)
	if err != nil {
		return 0, err
	}
	if !from.IsZero() {
		from = from.Add(-lookBack)
	}
	return job.Batches(ctx, func() (int, error) {
		first, err := s.Read().AuditEvent.Query().Where(auditevent.AtGTE(from), auditevent.AtLT(until), statement.Unchained()).
			Order(db.Asc(auditevent.FieldAt, auditevent.FieldID)).First(ctx)
		if db.IsNotFound(err) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		from = first.At.Truncate(time.Hour)
		end := from.Add(time.Hour)
		return job.Batches(ctx, func() (n int, err error) {
			err = s.Write(ctx, func(tx *ent.Tx) error {
				n, err = sealHour(tx, from, end)
				if ent.IsDuplicate(err) { // another replica sealed them
					return ent.ErrStale
				}
				return err
			})
			return n, err
		})
	})
}

// sealedUntil returns the end of the last hour that is sealed; zero if none is.
func sealedUntil(ctx context.Context, s *ent.Store) (time.Time, error) {
	last, err := s.Read().AuditSeal.Query().Order(db.Desc(auditseal.FieldUntilAt)).First(ctx)
	if db.IsNotFound(err) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return last.UntilAt, nil
}

// sealHour seals events of an hour, at most mostSealed, and returns their number. The
// events of an account are sealed together, unless they alone are more.
func sealHour(tx *ent.Tx, from, end time.Time) (int, error) {
	events, err := tx.AuditEvent.Query().Where(auditevent.AtGTE(from), auditevent.AtLT(end), statement.Unchained()).
		Order(statement.ByChain()).Limit(mostSealed).All(tx)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	if last := chainOf(events[len(events)-1]); len(events) == mostSealed && chainOf(events[0]) != last {
		events = slices.DeleteFunc(events, func(e *db.AuditEvent) bool { return chainOf(e) == last })
	}
	var chains []string
	for _, e := range events {
		if c := chainOf(e); len(chains) == 0 || chains[len(chains)-1] != c {
			chains = append(chains, c)
		}
	}
	before, err := statement.LastSeals(tx, chains)
	if err != nil {
		return 0, err
	}
	links, seals := make([]*db.AuditLink, 0, len(events)), make([]*db.AuditSeal, 0, len(chains))
	for _, c := range chains {
		n := slices.IndexFunc(events[len(links):], func(e *db.AuditEvent) bool { return chainOf(e) != c })
		if n < 0 {
			n = len(events) - len(links)
		}
		made, seal := sealChain(tx, c, before[c], events[len(links):len(links)+n], end)
		links, seals = append(links, made...), append(seals, seal)
	}
	for some := range slices.Chunk(seals, perInsert) {
		if err := ent.Insert(tx, some...); err != nil {
			return 0, err
		}
	}
	for some := range slices.Chunk(links, perInsert) {
		if err := ent.Insert(tx, some...); err != nil {
			return 0, err
		}
	}
	return len(events), nil
}

// sealChain returns the seal of events of one chain, and their places in it.
func sealChain(tx *ent.Tx, chain string, before *db.AuditSeal, events []*db.AuditEvent, end time.Time) ([]*db.AuditLink, *db.AuditSeal) {
	seal := &db.AuditSeal{ID: ent.NewID("asel"), AccountID: chain, Number: 1, FromAt: events[0].At, ToAt: events[len(events)-1].At, UntilAt: end,
		Events: int64(len(events)), SealedAt: tx.Now}
	if before != nil {
		seal.Number, seal.Last, seal.Previous, seal.Head = before.Number+1, before.Last, before.Digest, before.Head
	}
	links := make([]*db.AuditLink, len(events))
	for i, e := range events {
		seal.Last++
		seal.Head = chained(seal.Head, chain, e, partsOf(tx.Store(), e))
		links[i] = &db.AuditLink{ID: e.ID, AccountID: chain, Position: seal.Last, SealID: seal.ID, Value: seal.Head}
	}
	seal.Digest = digestOf(seal)
	return links, seal
}
