package guard

import (
	"context"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/ent/db/application"
	"portico/ent/db/order"
	"portico/ent/db/service"
)

// An employee may hold a permission for only some applications of an account, and then
// sees only the rows of these (1.5). This file narrows all lists of an account in one
// place.

// byApplication holds the lists of an account whose rows belong to applications. Under
// the table is the permission to read it, and the column of the application's id.
var byApplication = map[string]struct {
	read   authz.Permission
	column string
}{
	application.Table: {authz.ApplicationRead, application.FieldID},
	service.Table:     {authz.ServiceRead, service.FieldApplicationID},
	order.Table:       {authz.OrderRead, order.FieldApplicationID},
}

// Narrow returns the condition that limits a list of some accounts to the rows that
// its reader may see; nil if the reader may see all of them.
func Narrow(ctx context.Context, table string, accounts []string, now time.Time) func(*entsql.Selector) {
	list, ok := byApplication[table]
	if !ok {
		return nil
	}
	p := authz.From(ctx)
	var partly, applications []any
	for _, id := range accounts {
		whole, of := p.Scope(list.read, id, now)
		if whole {
			continue
		}
		partly = append(partly, id)
		for _, application := range of {
			applications = append(applications, application)
		}
	}
	if len(partly) == 0 {
		return nil
	}
	return func(s *entsql.Selector) {
		theirs := entsql.False()
		if len(applications) > 0 {
			theirs = entsql.In(s.C(list.column), applications...)
		}
		s.Where(entsql.Or(entsql.NotIn(s.C("account_id"), partly...), theirs))
	}
}
