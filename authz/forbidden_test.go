package authz_test

import (
	"reflect"
	"testing"

	"portico/authz"
	"portico/clause"
)

func TestForbiddenNamesWhatItsReaderCanDo(t *testing.T) {
	law := authz.Law()
	asksAdministrator := func(p *authz.Principal, perm authz.Permission) bool {
		r := authz.Forbid(p, perm)
		if r.Code != clause.Forbidden.Code || r.Remedy == nil {
			t.Errorf("%s: %v", perm, r)
		}
		return reflect.DeepEqual(r.Remedy, clause.Forbidden.Remedy)
	}
	operator := func(role string) *authz.Principal {
		return &authz.Principal{Kind: authz.Person, OperatorRoles: []string{role}, Operator: law.Role(role)}
	}
	key := &authz.Principal{Kind: authz.Key, OperatorRoles: []string{"data-plane"}, Operator: law.Role("data-plane")}
	employed := func(role string) *authz.Principal {
		return &authz.Principal{Kind: authz.Person, Grants: []authz.Grant{{AccountID: "acct_1", RoleCode: role, Allow: law.Role(role), Owner: role == "owner"}}}
	}
	for _, perm := range authz.Permissions() {
		for _, p := range []*authz.Principal{operator("support"), operator("operator-finance"), operator("platform"), key, {Kind: authz.Person}} {
			if asksAdministrator(p, perm) {
				t.Errorf("%s: %v has no account, and is sent to its administrator", perm, p.OperatorRoles)
			}
		}
		given := law.Role("owner").Has(perm)
		if asksAdministrator(employed("developer"), perm) != given {
			t.Errorf("%s: an employee is sent to an administrator for what an account can give, and for nothing else", perm)
		}
		if !given && asksAdministrator(employed("owner"), perm) {
			t.Errorf("%s: an owner is sent to itself", perm)
		}
	}
	if r := authz.Forbid(authz.Nobody("", ""), authz.AccountRead); r.Code != clause.Unauthenticated.Code {
		t.Errorf("a visitor: %v", r)
	}
}
