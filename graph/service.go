package graph

import (
	"context"

	entsql "entgo.io/ent/dialect/sql"

	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/service"
	"portico/ent/statement"
	"portico/graph/batch"
	"portico/graph/page"
	"portico/portal/kernel/standing"
)

// accountApplications is the list of the applications of an account, oldest first.
var accountApplications = page.AccountList[*db.ApplicationQuery, db.Application]{
	List:    page.List[db.Application]{Name: "applications", Column: application.FieldCreatedAt, Key: func(a *db.Application) (any, string) { return a.CreatedAt, a.ID }},
	Table:   application.Table,
	Account: func(a *db.Application) string { return a.AccountID },
	Query:   func(c *db.Client) *db.ApplicationQuery { return c.Application.Query() },
}

// accountServices is the list of the services of an account, in the order in which they were opened.
var accountServices = page.AccountList[*db.ServiceQuery, db.Service]{
	List:    page.List[db.Service]{Name: "services", Column: service.FieldOpenedAt, Key: func(s *db.Service) (any, string) { return s.OpenedAt, s.ID }},
	Table:   service.Table,
	Account: func(s *db.Service) string { return s.AccountID },
	Query:   func(c *db.Client) *db.ServiceQuery { return c.Service.Query() },
}

// applicationServices is the list of the services of an application, in the order in
// which they were opened.
var applicationServices = page.AccountList[*db.ServiceQuery, db.Service]{
	List:    page.List[db.Service]{Name: "application services", Column: service.FieldOpenedAt, Key: func(s *db.Service) (any, string) { return s.OpenedAt, s.ID }},
	Table:   service.Table,
	Under:   service.FieldApplicationID,
	Account: func(s *db.Service) string { return s.ApplicationID },
	Query:   func(c *db.Client) *db.ServiceQuery { return c.Service.Query() },
}

// servicesOf reads a page of the services of an application.
func (r *Resolver) servicesOf(ctx context.Context, obj *db.Application, args page.Args) (*page.Connection[db.Service], error) {
	return ofEach[*db.ServiceQuery, db.Service, *db.Service](ctx, r, obj, applicationServices, args, func(of []*db.Application) ([]statement.Owner, func(*entsql.Selector)) {
		owners := make([]statement.Owner, len(of))
		for i, a := range of {
			owners[i] = statement.Owner{ID: a.ID, AccountID: a.AccountID}
		}
		return owners, nil
	})
}

// dueOf reads the restrictions in force on the account of a row, once for all rows
// that were read together.
func dueOf[N db.Tenant](ctx context.Context, r *Resolver, row N) ([]*db.Restriction, error) {
	due, err := batch.Load(ctx, row, "due", func(rows []N) (map[string][]*db.Restriction, error) {
		accounts := make([]string, len(rows))
		for i, other := range rows {
			accounts[i] = other.TenantID()
		}
		return standing.DueEach(ctx, r.read().Restriction, accounts, r.store().Now())
	})
	return due[row.TenantID()], err
}
