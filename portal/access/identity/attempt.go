package identity

import (
	"context"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/attempt"
	"portico/ent/db/person"
	"portico/ent/statement"
)

// What is counted, each by a keyed index: the requests for codes of a number and
// of a network; the passwords tried for a login, from a network, and for a login
// from a network that it signed in from before.
const (
	ofPhone   = "phone"
	ofAddress = "address"
	ofLogin   = "login"
	ofNetwork = "network"
	ofPair    = "pair"
)

// pace is how tries grow slower: so many in a row are free, then each has to
// wait twice as long as the one before it.
type pace struct{ free int64 }

const (
	// freeFailures is how often a login may fail in a row before a captcha is
	// asked for.
	freeFailures = 3
	firstDelay   = 2 * time.Second
	longestDelay = 15 * time.Minute
	// rested is how long nothing may be tried until the count begins anew.
	rested = 24 * time.Hour
)

var paces = map[string]pace{ofLogin: {free: freeFailures}, ofPair: {free: freeFailures}, ofNetwork: {free: 20}}

// delay is how long the next try waits after a number of failures in a row.
func (p pace) delay(failures int64) time.Duration {
	over := failures - p.free
	switch {
	case over <= 0:
		return 0
	case over > 20:
		return longestDelay
	}
	return min(firstDelay<<(over-1), longestDelay)
}

func subjectOf(s *ent.Store, kind, value string) string { return s.Index("attempt."+kind, value) }

// lockCounter locks the counter of a subject for the rest of the transaction: every
// flow that counts the same subject waits here, or is rerun. The work is the
// same whether or not the subject was met before.
func lockCounter(tx *ent.Tx, kind, value string) (*db.Attempt, error) {
	subject := subjectOf(tx.Store(), kind, value)
	err := statement.CountAttempt(tx, subject, true)
	if err != nil {
		return nil, err
	}
	row, err := tx.Attempt.Query().Where(attempt.Subject(subject)).Only(tx)
	if err == nil && row.OpenAt != nil && calendar.Left(*row.OpenAt, rested, tx.Wall) == 0 {
		row.Failures = 0
	}
	return row, err
}

// waits is how long a counter's next try has to wait.
func waits(row *db.Attempt, now time.Time) time.Duration {
	if row.OpenAt == nil {
		return 0
	}
	return calendar.Ahead(*row.OpenAt, longestDelay, now)
}

// count counts a try as a failure, before it is known what it is.
func count(tx *ent.Tx, kind string, row *db.Attempt) error {
	row.Failures++
	open := tx.Wall.Add(paces[kind].delay(row.Failures))
	row.OpenAt = &open
	return tx.Attempt.UpdateOneID(row.ID).SetFailures(row.Failures).SetOpenAt(open).Exec(tx)
}

// forgive forgets the failures of a subject.
func forgive(tx *ent.Tx, kind, value string) error {
	row, err := lockCounter(tx, kind, value)
	if err != nil {
		return err
	}
	return tx.Attempt.UpdateOneID(row.ID).SetFailures(0).ClearOpenAt().Exec(tx)
}

// pairOf names a login, by its blind index, on a network.
func pairOf(index, network string) string { return index + "|" + network }

// recognise keeps that a person signed in from the network of the request: who
// guesses its password elsewhere doesn't keep it from signing in here. The row
// is forgotten once it has rested for as long as any counter.
func recognise(tx *ent.Tx, personID string) error {
	by := tx.Principal()
	if by.Kind == authz.System {
		return nil
	}
	p, err := tx.Person.Get(tx, personID)
	if err != nil {
		return err
	}
	for _, index := range loginsOf(p) {
		if err := forgive(tx, ofPair, pairOf(index, by.Network())); err != nil {
			return err
		}
	}
	return nil
}

// loginsOf are the blind indexes of what a person signs in by.
func loginsOf(p *db.Person) []string {
	all := []string{p.PhoneIndex}
	if p.VerifiedEmailIndex != nil {
		all = append(all, *p.VerifiedEmailIndex)
	}
	return all
}

// guess is one try of a password: whose, from where, and what it met.
type guess struct {
	login
	network string
	// met is whether the login signed in from this network before.
	met             bool
	found           *db.Person
	place           *db.Attempt // the network's counter
	counter         *db.Attempt // the login's, or the pair's
	captcha, solved bool
	refusal         *clause.Refusal
}

// kind is what the guess is counted by: beside the network, the login over all
// networks that it didn't sign in from; or else the login on this one.
func (g *guess) kind() (kind, value string) {
	if g.met {
		return ofPair, pairOf(g.index, g.network)
	}
	return ofLogin, g.index
}

func (g *guess) find(ctx context.Context, c *db.Client) (err error) {
	where := person.PhoneIndex(g.index)
	if g.byMail {
		where = person.VerifiedEmailIndex(g.index)
	}
	if g.found, err = c.Person.Query().Where(where).Only(ctx); db.IsNotFound(err) {
		g.found, err = nil, nil
	}
	return err
}

// meet looks whether the login signed in from this network before.
func (g *guess) meet(ctx context.Context, s *ent.Store, c *db.Client) (err error) {
	g.met, err = c.Attempt.Query().Where(attempt.Subject(subjectOf(s, ofPair, pairOf(g.index, g.network)))).Exist(ctx)
	return err
}

// delayed reports, without counting, whether the guess would be too early, so
// that a captcha isn't used up for nothing.
func (g *guess) delayed(ctx context.Context, s *ent.Store) (bool, error) {
	if err := g.meet(ctx, s, s.Read()); err != nil {
		return false, err
	}
	kind, value := g.kind()
	subjects := []string{subjectOf(s, kind, value)}
	if !g.met {
		subjects = append(subjects, subjectOf(s, ofNetwork, g.network))
	}
	now := s.Wall()
	return s.Read().Attempt.Query().Where(attempt.SubjectIn(subjects...), attempt.OpenAtGT(now), attempt.OpenAtLTE(now.Add(longestDelay))).Exist(ctx)
}

// take counts the guess, or says why it isn't taken; then the password must
// not be looked at. The work is the same whether or not there is such a login.
func (g *guess) take(tx *ent.Tx) (err error) {
	g.refusal = nil
	if err = g.find(tx, tx.Client()); err != nil {
		return err
	}
	if err = g.meet(tx, tx.Store(), tx.Client()); err != nil {
		return err
	}
	if g.place, err = lockCounter(tx, ofNetwork, g.network); err != nil {
		return err
	}
	if wait := waits(g.place, tx.Wall); wait > 0 && !g.met {
		g.refuse(tooEarly(wait))
		return nil
	}
	kind, value := g.kind()
	if g.counter, err = lockCounter(tx, kind, value); err != nil {
		return err
	}
	wait := waits(g.counter, tx.Wall)
	switch challenged := g.counter.Failures >= freeFailures; {
	case wait > 0:
		g.refuse(tooEarly(wait))
	case challenged && !g.captcha:
		g.refuse(CaptchaRequired.At("captchaId"))
	case challenged && !g.solved:
		g.refuse(captchaWrong(captchaForSignIn))
	default:
		if err := count(tx, kind, g.counter); err != nil {
			return err
		}
		if g.met { // it isn't the network's business, and costs the same
			return tx.Attempt.UpdateOneID(g.place.ID).SetFailures(g.place.Failures).Exec(tx)
		}
		return count(tx, ofNetwork, g.place)
	}
	return nil
}

func (g *guess) refuse(r clause.Refusal) { g.refusal = &r }

func tooEarly(wait time.Duration) clause.Refusal {
	return SignInDelayed.With("retryAfter", seconds(wait))
}

// right takes back what the guess was counted as: it was no failure. What
// others failed meanwhile stays counted.
func (g *guess) right(tx *ent.Tx) error {
	kind, value := g.kind()
	if err := forgive(tx, kind, value); err != nil {
		return err
	}
	if g.met {
		return nil
	}
	if err := tx.Attempt.Update().Where(attempt.ID(g.place.ID), attempt.FailuresGT(0)).AddFailures(-1).Exec(tx); err != nil {
		return err
	}
	return tx.Attempt.Update().Where(attempt.ID(g.place.ID), attempt.OpenAt(*g.place.OpenAt)).SetOpenAt(tx.Wall).Exec(tx)
}

// seconds is a wait in whole seconds, rounded up: who waits that long isn't early.
func seconds(wait time.Duration) int { return int((wait + time.Second - 1) / time.Second) }
