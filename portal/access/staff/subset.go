package staff

import (
	"slices"
	"strings"
	"time"

	"portico/authz"
	"portico/ent/db"
)

// reach is how far a grant goes: the zero reach is the whole account, for ever,
// whatever an order costs.
type reach struct {
	applications []string
	limit        *int64
	expires      *time.Time
	// stepUp is how fresh a second factor must be, in minutes.
	stepUp *int64
}

// holds is what the member may do on the whole account at this moment.
func (m *member) holds() authz.Set {
	var set authz.Set
	for _, h := range m.grants {
		if len(h.applications) == 0 {
			set = set.Union(h.allow)
		}
	}
	return set
}

// gives is what the member can pass on within a reach: what it holds itself at
// least as far and as long; order:place also for as much money.
func (m *member) gives(w reach) authz.Set {
	var set authz.Set
	for _, h := range m.grants {
		if !h.reaches(w) {
			continue
		}
		allow := h.allow
		if h.limit != nil && (w.limit == nil || *w.limit > *h.limit) {
			allow = allow.Minus(authz.Set{}.Add(authz.OrderPlace))
		}
		set = set.Union(allow)
	}
	return set
}

func (h held) reaches(w reach) bool {
	if h.expires != nil && (w.expires == nil || w.expires.After(*h.expires)) {
		return false
	}
	if len(h.applications) == 0 {
		return true
	}
	return len(w.applications) > 0 && !slices.ContainsFunc(w.applications, func(id string) bool { return !slices.Contains(h.applications, id) })
}

// allows is what a role allows.
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

// together is what several roles allow.
func together(roles []*db.Role) authz.Set {
	var set authz.Set
	for _, r := range roles {
		set = set.Union(allows(r))
	}
	return set
}

// subset is the subset rule: nobody gives what it doesn't hold (1.5). The
// refusal is PERMISSION_NOT_HELD, at the field, with what is missing.
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
