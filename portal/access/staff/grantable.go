package staff

import (
	"slices"
	"strings"

	"portico/authz"
	"portico/clause"
)

// GrantablePermission is a permission that a role of an account can have.
type GrantablePermission struct {
	Permission authz.Permission `json:"permission"`
	// Label describes the permission, in one language.
	Label string `json:"label"`
	// Resource is the kind of object that it is about: "order" of order:read.
	Resource string `json:"resource"`
	// PerApplication means that it can be limited to single applications.
	PerApplication bool `json:"perApplication"`
}

// GrantablePermissions returns the permissions that a custom role can have
// (1.5), by resource. The list is the same for everyone.
func GrantablePermissions(lang clause.Lang) []*GrantablePermission {
	var all []*GrantablePermission
	for _, p := range authz.Grantable() {
		resource, _, _ := strings.Cut(p.String(), ":")
		all = append(all, &GrantablePermission{p, p.Label().In(lang, nil), resource, p.OfApplications()})
	}
	slices.SortStableFunc(all, func(a, b *GrantablePermission) int { return strings.Compare(a.Resource, b.Resource) })
	return all
}
