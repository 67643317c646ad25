package staff_test

import (
	"fmt"
	"slices"
	"testing"

	"portico/authz"
	"portico/clause"
	"portico/portal/access/staff"
	"portico/portaltest"
)

func TestWhatARoleCanHaveIsListed(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Ada")
		const query = `{ grantablePermissions { permission label resource perApplication } }`
		labels, listed := map[string]bool{}, map[string]bool{}
		for _, p := range portaltest.At(w.Must(nil, query, nil), "grantablePermissions").([]any) {
			listed[portaltest.String(p, "permission")] = true
		}
		for _, lang := range []clause.Lang{clause.ZH, clause.EN} {
			for _, p := range staff.GrantablePermissions(lang) {
				if p.Label == "" || labels[p.Label] {
					t.Errorf("1.5: %s is called %q", p.Permission, p.Label)
				}
				labels[p.Label] = true
			}
		}
		create := `mutation($i: CreateRoleInput!) { createRole(input: $i) { role { permissions } userErrors { code } } }`
		for _, p := range authz.Permissions() {
			in := map[string]any{"accountId": a.AccountID, "code": fmt.Sprint("role-", int(p)), "name": p.Enum(), "permissions": []string{p.Enum()}}
			r := w.Send(a, create, map[string]any{"i": in})
			given := portaltest.At(r.Data, "createRole", "role") != nil
			if given != listed[p.Enum()] {
				t.Errorf("1.5: %s is listed: %v, and given: %v: %s", p, listed[p.Enum()], given, r.Raw)
			}
		}
		if len(listed) < 30 || slices.ContainsFunc(authz.Permissions(), func(p authz.Permission) bool { return p.NonTransferable() && listed[p.Enum()] }) {
			t.Errorf("1.4: listed are %v", listed)
		}
	})
}
