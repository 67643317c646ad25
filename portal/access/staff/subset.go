package staff

import (
	"slices"
	"strings"
	"time"

	"portico/authz"
	"portico/ent/db"
)

// reach is the scope of a grant: the zero reach is the whole account, without
// expiry, limits and second factor.
type reach struct {
	applications []string
	// limit is that of one order, and monthly that of all orders of a month.
	limit, monthly *int64
	expires        *time.Time
	// stepUp is how fresh a second factor must be, in minutes.
	stepUp *int64
}

// reachOf returns the bounds of a grant.
func reachOf(g *db.Grant) reach {
	return reach{applications: g.ApplicationIds, limit: g.SpendingLimit, monthly: g.MonthlyLimit, expires: g.ExpiresAt, stepUp: g.StepUpMinutes}
}

// holds returns what the member may do on the whole account now.
func (m *member) holds() authz.Set {
	var set authz.Set
	for _, h := range m.grants {
		if len(h.applications) == 0 {
			set = set.Union(h.allow)
		}
	}
	return set
}

// gives returns what the member can give within a reach: what it holds itself
// with at least that scope and expiry, and without an older second factor;
// order:place also with at least those spending limits.
func (m *member) gives(w reach) authz.Set {
	var set authz.Set
	for _, h := range m.grants {
		if !h.reaches(w) {
			continue
		}
		allow := h.allow
		if !narrower(w.limit, h.limit) || !narrower(w.monthly, h.monthly) {
			allow = allow.Minus(authz.Set{}.Add(authz.OrderPlace))
		}
		set = set.Union(allow)
	}
	return set
}

// narrower reports whether a bound lets no more through than another; nil is none.
func narrower(bound, than *int64) bool {
	return than == nil || bound != nil && *bound <= *than
}

func (h held) reaches(w reach) bool {
	if !narrower(w.stepUp, h.stepUp) || h.expires != nil && (w.expires == nil || w.expires.After(*h.expires)) {
		return false
	}
	if len(h.applications) == 0 {
		return true
	}
	return len(w.applications) > 0 && !slices.ContainsFunc(w.applications, func(id string) bool { return !slices.Contains(h.applications, id) })
}

// allows returns what a role allows.
func allows(r *db.Role) authz.Set {
	if r.BuiltIn {
		return authz.Law().Role(r.Code)
	}
	var set authz.Set
	for _, name := range r.Permissions {
		if p, ok := authz.ParsePermission(name); ok && !p.NonTransferable() {
			set = set.Add(p)
		}
	}
	return set
}

// subset is the subset rule: an employee can't give what it doesn't hold (1.5).
// The refusal is PERMISSION_NOT_HELD, at the field, with the missing
// permissions.
func subset(holds, given authz.Set, field string) error {
	if holds.Covers(given) {
		return nil
	}
	return NotHeld.At(field).With("missing", named(given.Minus(holds)))
}

// named lists permissions by their names in the API.
func named(set authz.Set) string {
	list := set.List()
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.Enum()
	}
	return strings.Join(names, ", ")
}
