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

// Who holds a permission for some applications of an account alone sees what is
// theirs (1.5). The lists of an account that it may read by such a grant are
// narrowed here, for all of them in one place.

// byApplication are the lists of an account whose rows belong to applications:
// by table the permission that shows them, and the column of the application.
var byApplication = map[string]struct {
	read   authz.Permission
	column string
}{
	application.Table: {authz.ApplicationRead, application.FieldID},
	service.Table:     {authz.ServiceRead, service.FieldApplicationID},
	order.Table:       {authz.OrderRead, order.FieldApplicationID},
}

// Narrow returns the condition that a list of some accounts is narrowed by for its
// reader, nil where the reader sees all of it.
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
