package command

import (
	"cmp"
	"context"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/visitortally"
	"portico/ent/statement"
)

// StandardVisits is how often in an hour visitors from one network may run one
// command.
const StandardVisits = 3000

// visits is how often in an hour visitors from one network may run one command.
var visits = ent.Keep(func(*ent.Store) int64 { return StandardVisits })

// AllowVisits sets how often in an hour visitors (principals who aren't signed
// in) from one network may run one command. Zero is [StandardVisits].
func AllowVisits(most int64) ent.Setting { return visits.Set(cmp.Or(most, StandardVisits)) }

// visiting is what a visitor's command counts towards.
type visiting struct {
	subject string
	hour    time.Time
}

// visit returns what a command counts towards, nil unless a visitor runs it.
func visit(s *ent.Store, p *authz.Principal, c Command) *visiting {
	if p.Kind != authz.Visitor {
		return nil
	}
	hour := s.Wall().Truncate(time.Hour)
	return &visiting{hour: hour, subject: s.Index("visit", c.Name+"|"+p.Network()+"|"+hour.Format(time.RFC3339))}
}

// admit refuses a visitor's command, THROTTLED, once its network has run it as
// often as it may in this hour; then nothing is written (5.4). It only reads,
// so that visitors don't wait for each other; concurrent commands may exceed
// the limit by a few.
func (v *visiting) admit(ctx context.Context, s *ent.Store) error {
	if v == nil {
		return nil
	}
	row, err := s.Read().VisitorTally.Query().Where(visitortally.Subject(v.subject)).Only(ctx)
	if db.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if row.Count >= visits.Of(s) {
		return clause.Throttled.With("retryAfter", int(calendar.Left(v.hour, time.Hour, s.Wall()).Seconds())+1)
	}
	return nil
}

// Admit refuses a visitor who may not run a command again in this hour. It is
// for commands that write before [Do] does, since tries of a secret are counted
// first. The refusal is THROTTLED.
func Admit(ctx context.Context, s *ent.Store, name string) error {
	return visit(s, authz.From(ctx), Command{Name: name}).admit(ctx, s)
}

// count counts the command, regardless of its result. It is the last statement
// of its transaction, so that others wait as briefly as possible.
func (v *visiting) count(tx *ent.Tx) error {
	if v == nil {
		return nil
	}
	return statement.CountVisit(tx, v.subject, v.hour)
}
