package standing

import (
	"context"
	"slices"
	"time"

	"portico/ent"
	"portico/ent/db/restriction"
)

// Derivation derives anew, from what caused them, the restrictions of one code
// that must be open now; see [Key] and [LiftKey].
type Derivation struct {
	Code string
	// Open returns the keys of all of them, lifts included.
	Open func(ctx context.Context, s *ent.Store) ([]string, error)
}

// Key names an open restriction: of an account (empty for everyone), by a code,
// on a target (empty for the whole account), by a cause.
func Key(accountID, code, target, causeID string) string {
	return Cause{AccountID: accountID, Code: code, TargetID: target, ID: causeID}.key()
}

// LiftKey names an account's lift of a restriction of everyone, by the id of
// that restriction.
func LiftKey(accountID, restrictionID string) string { return accountID + "|lifts|" + restrictionID }

// Finding is a difference between what is kept and what is derived.
type Finding struct {
	Code string `json:"code"`
	Key  string `json:"key"`
	// Problem is "missing" or "unfounded".
	Problem string `json:"problem"`
}

// Check derives each account's standing anew and compares. For operations; it
// reads everything once and writes nothing.
func Check(ctx context.Context, s *ent.Store, derivations []Derivation) ([]Finding, error) {
	var findings []Finding
	for _, d := range derivations {
		want, err := d.Open(ctx, s)
		if err != nil {
			return nil, err
		}
		kept, err := open(ctx, s, d.Code, s.Now())
		if err != nil {
			return nil, err
		}
		slices.Sort(want)
		for _, key := range want {
			if !kept[key] {
				findings = append(findings, Finding{d.Code, key, "missing"})
			}
			delete(kept, key)
		}
		for key := range kept {
			findings = append(findings, Finding{d.Code, key, "unfounded"})
		}
	}
	return findings, nil
}

func open(ctx context.Context, s *ent.Store, code string, now time.Time) (map[string]bool, error) {
	rows, err := s.Read().Restriction.Query().
		Where(restriction.Code(code), restriction.SinceLTE(now),
			restriction.Or(restriction.UntilAtIsNil(), restriction.UntilAtGT(now))).All(ctx)
	if err != nil {
		return nil, err
	}
	kept := make(map[string]bool, len(rows))
	for _, r := range rows {
		key := Key(r.AccountID, r.Code, r.TargetID, r.CauseID)
		if r.LiftsID != nil {
			key = LiftKey(r.AccountID, *r.LiftsID)
		}
		kept[key] = true
	}
	return kept, nil
}
