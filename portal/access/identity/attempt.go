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

// The counted subjects, each by a keyed index: requests for codes of a number
// and of a network; passwords tried for a login, from a network, and for a
// login from a network that it signed in from before.
const (
	ofPhone   = "phone"
	ofAddress = "address"
	ofLogin   = "login"
	ofNetwork = "network"
	ofPair    = "pair"
)

// pace is how tries are slowed down: some in a row are free, then each waits
// twice as long as the one before.
type pace struct{ free int64 }

const (
	// freeFailures is how often a login may fail in a row before a captcha is
	// required.
	freeFailures = 3
	firstDelay   = 2 * time.Second
	longestDelay = 15 * time.Minute
	// rested is the time without tries after which the count starts again.
	rested = 24 * time.Hour
)

var paces = map[string]pace{ofLogin: {free: freeFailures}, ofPair: {free: freeFailures}, ofNetwork: {free: 20}}

// delay returns how long the next try waits after a number of failures in a
// row.
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

// lockCounter locks the counter of a subject for the rest of the transaction: other
// transactions that count the same subject wait here, or run again. The work is
// the same for new and known subjects.
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

// waits returns how long a counter's next try has to wait.
func waits(row *db.Attempt, now time.Time) time.Duration {
	if row.OpenAt == nil {
		return 0
	}
	return calendar.Ahead(*row.OpenAt, longestDelay, now)
}

// count counts a try as a failure, before its result is known.
func count(tx *ent.Tx, kind string, row *db.Attempt) error {
	row.Failures++
	open := tx.Wall.Add(paces[kind].delay(row.Failures))
	row.OpenAt = &open
	return tx.Attempt.UpdateOneID(row.ID).SetFailures(row.Failures).SetOpenAt(open).Exec(tx)
}

// forgive clears the failures of a subject.
func forgive(tx *ent.Tx, kind, value string) error {
	row, err := lockCounter(tx, kind, value)
	if err != nil {
		return err
	}
	return tx.Attempt.UpdateOneID(row.ID).SetFailures(0).ClearOpenAt().Exec(tx)
}

// pairOf returns the subject of a login, by its blind index, on a network.
func pairOf(index, network string) string { return index + "|" + network }

// recognise records that a person signed in from the network of the request:
// password tries elsewhere then don't keep it from signing in here. The row is
// removed after the same idle time as any counter.
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

// loginsOf returns the blind indexes of the logins of a person.
func loginsOf(p *db.Person) []string {
	all := []string{p.PhoneIndex}
	if p.VerifiedEmailIndex != nil {
		all = append(all, *p.VerifiedEmailIndex)
	}
	return all
}

// passwordTry is one try of a password: for which login, from where, and what
// it found.
type passwordTry struct {
	login
	network string
	// known is whether the login signed in from this network before.
	known           bool
	found           *db.Person
	networkCounter  *db.Attempt
	counter         *db.Attempt // the login's, or the pair's
	captcha, solved bool
	refusal         *clause.Refusal
}

// kind returns the counter beside the network's: the login over all networks
// from which it never signed in, or the login on this network.
func (t *passwordTry) kind() (kind, value string) {
	if t.known {
		return ofPair, pairOf(t.index, t.network)
	}
	return ofLogin, t.index
}

func (t *passwordTry) find(ctx context.Context, c *db.Client) (err error) {
	where := person.PhoneIndex(t.index)
	if t.byMail {
		where = person.VerifiedEmailIndex(t.index)
	}
	if t.found, err = c.Person.Query().Where(where).Only(ctx); db.IsNotFound(err) {
		t.found, err = nil, nil
	}
	return err
}

// recall reads whether the login signed in from this network before.
func (t *passwordTry) recall(ctx context.Context, s *ent.Store, c *db.Client) (err error) {
	t.known, err = c.Attempt.Query().Where(attempt.Subject(subjectOf(s, ofPair, pairOf(t.index, t.network)))).Exist(ctx)
	return err
}

// delayed reports, without counting, whether the try would be too early, so
// that no captcha is wasted.
func (t *passwordTry) delayed(ctx context.Context, s *ent.Store) (bool, error) {
	if err := t.recall(ctx, s, s.Read()); err != nil {
		return false, err
	}
	kind, value := t.kind()
	subjects := []string{subjectOf(s, kind, value)}
	if !t.known {
		subjects = append(subjects, subjectOf(s, ofNetwork, t.network))
	}
	now := s.Wall()
	return s.Read().Attempt.Query().Where(attempt.SubjectIn(subjects...), attempt.OpenAtGT(now), attempt.OpenAtLTE(now.Add(longestDelay))).Exist(ctx)
}

// take counts the try, or sets the refusal; then the password must not be
// compared. The work is the same whether or not the login exists.
func (t *passwordTry) take(tx *ent.Tx) (err error) {
	t.refusal = nil
	if err = t.find(tx, tx.Client()); err != nil {
		return err
	}
	if err = t.recall(tx, tx.Store(), tx.Client()); err != nil {
		return err
	}
	if t.networkCounter, err = lockCounter(tx, ofNetwork, t.network); err != nil {
		return err
	}
	if wait := waits(t.networkCounter, tx.Wall); wait > 0 && !t.known {
		t.refuse(tooEarly(wait))
		return nil
	}
	kind, value := t.kind()
	if t.counter, err = lockCounter(tx, kind, value); err != nil {
		return err
	}
	wait := waits(t.counter, tx.Wall)
	switch challenged := t.counter.Failures >= freeFailures; {
	case wait > 0:
		t.refuse(tooEarly(wait))
	case challenged && !t.captcha:
		t.refuse(CaptchaRequired.At("captchaId"))
	case challenged && !t.solved:
		t.refuse(captchaWrong(captchaForSignIn))
	default:
		if err := count(tx, kind, t.counter); err != nil {
			return err
		}
		if t.known { // it doesn't count for the network, and costs the same
			return tx.Attempt.UpdateOneID(t.networkCounter.ID).SetFailures(t.networkCounter.Failures).Exec(tx)
		}
		return count(tx, ofNetwork, t.networkCounter)
	}
	return nil
}

func (t *passwordTry) refuse(r clause.Refusal) { t.refusal = &r }

func tooEarly(wait time.Duration) clause.Refusal {
	return SignInDelayed.With("retryAfter", seconds(wait))
}

// right corrects the count after a try that was no failure. Concurrent failures
// of others stay counted.
func (t *passwordTry) right(tx *ent.Tx) error {
	kind, value := t.kind()
	if err := forgive(tx, kind, value); err != nil {
		return err
	}
	if t.known {
		return nil
	}
	if err := tx.Attempt.Update().Where(attempt.ID(t.networkCounter.ID), attempt.FailuresGT(0)).AddFailures(-1).Exec(tx); err != nil {
		return err
	}
	return tx.Attempt.Update().Where(attempt.ID(t.networkCounter.ID), attempt.OpenAt(*t.networkCounter.OpenAt)).SetOpenAt(tx.Wall).Exec(tx)
}

// seconds returns a wait in whole seconds, rounded up, so that a caller who
// waits that long isn't early.
func seconds(wait time.Duration) int { return int((wait + time.Second - 1) / time.Second) }
