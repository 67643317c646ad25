package standing

import (
	"context"
	"maps"
	"slices"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/restriction"
)

// Derivation derives the restrictions of one code that must be open now from
// what caused them; see [Key] and [LiftKey].
type Derivation struct {
	Code string
	// Open returns the keys of all of them, including lifts.
	Open func(ctx context.Context, s *ent.Store) ([]string, error)
	// Fits reports, by id, which rows of the code, open or ended, follow from
	// their causes: in scope, target, clause, and the instants from which and
	// until which they hold.
	Fits func(ctx context.Context, s *ent.Store, rows []*db.Restriction) (map[string]bool, error)
}

// Key returns the key of an open restriction: of an account (empty for all
// accounts), by a code, on a target (empty for the whole account), by a cause.
func Key(accountID, code, target, causeID string) string {
	return Cause{AccountID: accountID, Code: code, TargetID: target, ID: causeID}.key()
}

// LiftKey returns the key of an account's lift of a restriction of all
// accounts, by the id of that restriction.
func LiftKey(accountID, restrictionID string) string { return accountID + "|lifts|" + restrictionID }

// Finding is a difference between what is stored and what is derived.
type Finding struct {
	Code string `json:"code"`
	Key  string `json:"key"`
	// Problem is "missing", "unfounded", or "altered": the row, whose id is in
	// Key, differs from what its cause derives.
	Problem string `json:"problem"`
}

// Check derives each account's standing again and compares. It checks each
// difference a second time, so that what was written meanwhile isn't reported.
// For operations; it writes nothing.
func Check(ctx context.Context, s *ent.Store, derivations []Derivation) ([]Finding, error) {
	first, err := check(ctx, s, derivations)
	if err != nil || len(first) == 0 {
		return nil, err
	}
	second, err := check(ctx, s, derivations)
	return slices.DeleteFunc(second, func(f Finding) bool { return !slices.Contains(first, f) }), err
}

func check(ctx context.Context, s *ent.Store, derivations []Derivation) ([]Finding, error) {
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
	altered, err := shapes(ctx, s, derivations)
	return append(findings, altered...), err
}

// page is how many rows are read at once.
const page = 200

// shapes checks every row, open or ended, against what its cause derives.
func shapes(ctx context.Context, s *ent.Store, derivations []Derivation) ([]Finding, error) {
	var findings []Finding
	for after := ""; ; {
		rows, err := s.Read().Restriction.Query().Where(restriction.IDGT(after)).Order(db.Asc(restriction.FieldID)).Limit(page).All(ctx)
		if err != nil || len(rows) == 0 {
			return findings, err
		}
		after = rows[len(rows)-1].ID
		byCode := map[string][]*db.Restriction{}
		for _, r := range rows {
			byCode[r.Code] = append(byCode[r.Code], r)
		}
		fits := map[string]bool{}
		for _, d := range derivations {
			if len(byCode[d.Code]) == 0 {
				continue
			}
			good, err := d.Fits(ctx, s, byCode[d.Code])
			if err != nil {
				return nil, err
			}
			maps.Copy(fits, good)
		}
		for _, r := range rows {
			if !fits[r.ID] || !keyed(r) {
				findings = append(findings, Finding{r.Code, r.ID, "altered"})
			}
		}
	}
}

// keyed reports whether an open row has the key of its content, and an ended
// row has none.
func keyed(r *db.Restriction) bool {
	switch {
	case r.LiftsID != nil:
		return r.OpenKey != nil && *r.OpenKey == LiftKey(r.AccountID, *r.LiftsID) && (r.UntilAt == nil || !r.UntilAt.Before(r.Since))
	case r.UntilAt == nil:
		return r.OpenKey != nil && *r.OpenKey == Key(r.AccountID, r.Code, r.TargetID, r.CauseID)
	}
	return r.OpenKey == nil
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
