package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/money"
)

// Finding is a contradiction among the rows about money.
type Finding struct {
	// Rule is the name of the violated rule: those of ent/rules, CHAIN, VERSION, ENTRY, RUNNING and HEAD of the
	// chains, DAY of the sealed days, and those of other units.
	Rule string `json:"rule"`
	// AccountID is the account of the row; empty if the row belongs to none.
	AccountID string `json:"accountId"`
	// Subject is the id of the row, or the name of the book.
	Subject string `json:"subject"`
	// Problem describes what is wrong.
	Problem string `json:"problem"`
	// Want and Have are in minor units of Currency, where there is one.
	Want     int64  `json:"want"`
	Have     int64  `json:"have"`
	Currency string `json:"currency"`
}

// String is a line for people.
func (f Finding) String() string {
	s := fmt.Sprintf("%s %s %s: %s", f.Rule, f.AccountID, f.Subject, f.Problem)
	switch c := money.Currency(f.Currency); {
	case f.Want == f.Have:
		return s
	case !c.Known():
		return fmt.Sprintf("%s: %d instead of %d", s, f.Have, f.Want)
	default:
		return fmt.Sprintf("%s: %s %s instead of %s", s, money.New(f.Have, c), c, money.New(f.Want, c))
	}
}

// Rule reports contradictions. It may run while others write, and has no false
// findings.
type Rule struct {
	Name string
	Find func(ctx context.Context, s *ent.Store, report func(Finding)) error
}

const (
	// mostFindings is the maximum number of reported findings of one rule.
	mostFindings = 100
	// patience is the time that due work may take before it is a finding.
	patience = time.Hour
	// compared is how far back single events are compared with their sums, and
	// audited how far back documents, bookings and decisions are with the audit: both
	// are kept for longer.
	compared = 62 * 24 * time.Hour
	audited  = 366 * 24 * time.Hour
)

// Check computes again what the rows about money must be, and returns the
// contradictions: by the rules of ent/rules, the chains of bookings, the sealed
// days, and the given rules of other units. Each rule reads one state of the
// database, while others write. For `portico ledger check` and its job.
func Check(ctx context.Context, s *ent.Store, more ...Rule) ([]Finding, error) {
	return CheckAgainst(ctx, s, nil, more...)
}

// CheckAgainst is [Check] that also compares with a day's digest that was kept
// elsewhere, if there is one.
func CheckAgainst(ctx context.Context, s *ent.Store, kept *Digest, more ...Rule) ([]Finding, error) {
	if authz.From(ctx) == nil {
		ctx = authz.With(ctx, authz.AsSystem("ledger.check"))
	}
	all, err := breaches(ctx, s)
	if err != nil {
		return nil, err
	}
	chain := Rule{"CHAIN", func(ctx context.Context, s *ent.Store, report func(Finding)) error {
		return checkChains(ctx, s, kept, report)
	}}
	for _, r := range append([]Rule{chain}, more...) {
		found, err := r.confirmed(ctx, s)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil { // a row that can't be read doesn't hide what else there is
			found = []Finding{{Rule: "UNREADABLE", Subject: r.Name, Problem: "a rule can't read its rows: " + err.Error()}}
		}
		all = append(all, found...)
	}
	return all, nil
}

// breaches returns the findings of the rules of ent/rules, one statement each.
func breaches(ctx context.Context, s *ent.Store) ([]Finding, error) {
	var all []Finding
	for _, r := range ent.Rules {
		now := s.Now()
		rows, err := s.Breaches(ctx, r, ent.RuleTimes{Late: now.Add(-patience), Ahead: now.Add(patience),
			Since: now.Add(-compared).Truncate(time.Hour), Told: now.Add(-audited)}, mostFindings)
		if err != nil {
			return nil, err
		}
		for _, b := range rows {
			all = append(all, Finding{r.Name, b.AccountID, b.Subject, r.Problem, b.Want, b.Have, b.Currency})
		}
	}
	return all, nil
}

// confirmed runs a rule of several statements, and runs it again if it found
// anything: rows written between two of its statements aren't found twice, but
// faults are.
func (r Rule) confirmed(ctx context.Context, s *ent.Store) ([]Finding, error) {
	first, err := r.findings(ctx, s)
	if err != nil || len(first) == 0 {
		return nil, err
	}
	second, err := r.findings(ctx, s)
	return slices.DeleteFunc(second, func(f Finding) bool { return !slices.Contains(first, f) }), err
}

func (r Rule) findings(ctx context.Context, s *ent.Store) (found []Finding, err error) {
	err = r.Find(ctx, s, func(f Finding) {
		if len(found) < mostFindings {
			found = append(found, f)
		}
	})
	return found, err
}
