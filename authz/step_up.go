package authz

import (
	"time"

	"portico/clause"
)

// FactorIsFresh reports whether the session passed a second factor at most 15
// minutes before the given wall time (figure factor.step_up_age). A time further ahead
// than that was written by a wrong clock, and doesn't count.
func (p *Principal) FactorIsFresh(wall time.Time) bool {
	age := Law().stepUpAge
	return !p.SecondFactorAt.IsZero() && p.SecondFactorAt.After(wall.Add(-age)) && p.SecondFactorAt.Before(wall.Add(age))
}

// StepUp reports whether the principal must pass a second factor again before it
// uses a permission, and returns the clause: policy.csv requires a fresh factor
// for the permission, the person has a factor, and its session didn't pass it
// lately. Who has none isn't asked.
func (p *Principal) StepUp(perm Permission, wall time.Time) (clause.Ref, bool) {
	if p == nil || !p.HasFactor {
		return "", false
	}
	ref, needed := Law().NeedsFactor(perm)
	return ref, needed && !p.FactorIsFresh(wall)
}

// LacksFactor reports whether the person has no second factor, and the permission is for
// persons who have one. It returns the clause.
func (p *Principal) LacksFactor(perm Permission) (clause.Ref, bool) {
	if p == nil || p.Kind != Person || p.HasFactor {
		return "", false
	}
	return Law().NeedsSomeFactor(perm)
}
