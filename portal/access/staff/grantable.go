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
	// Group names the subject that it belongs to, in one language.
	Group string `json:"group"`
	// PerApplication means that it can be limited to single applications.
	PerApplication bool `json:"perApplication"`
}

// The subjects of permissions, as an editor of roles shows them.
var (
	ofAccount  = text("账户与协议", "Account and agreement")
	ofServices = text("应用与服务", "Applications and services")
	ofOrders   = text("订单与用量", "Orders and usage")
	ofMoney    = text("资金与发票", "Money and invoices")
	ofStaff    = text("员工与角色", "Employees and roles")
	ofRecords  = text("记录与通知", "Records and notices")
)

// subjects are the subjects of the resources of permissions.
var subjects = map[string]clause.Text{
	"account": ofAccount, "verification": ofAccount, "terms": ofAccount, "override": ofAccount, "standing": ofAccount,
	"application": ofServices, "service": ofServices,
	"order": ofOrders, "usage": ofOrders,
	"balance": ofMoney, "ledger": ofMoney, "top_up": ofMoney, "payer": ofMoney, "bill": ofMoney, "invoice": ofMoney,
	"employee": ofStaff, "role": ofStaff, "group": ofStaff, "invitation": ofStaff,
	"audit": ofRecords, "access": ofRecords, "notice": ofRecords,
}

// GrantablePermissions returns the permissions that a custom role can have
// (1.5), by resource. The list is the same for everyone.
func GrantablePermissions(lang clause.Lang) []*GrantablePermission {
	var all []*GrantablePermission
	for _, p := range authz.Grantable() {
		resource, _, _ := strings.Cut(p.String(), ":")
		all = append(all, &GrantablePermission{p, p.Label().In(lang, nil), resource, subjects[resource].In(lang, nil), p.OfApplications()})
	}
	slices.SortStableFunc(all, func(a, b *GrantablePermission) int { return strings.Compare(a.Resource, b.Resource) })
	return all
}
