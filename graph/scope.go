package graph

import (
	"context"
	"slices"

	entquery "entgo.io/ent"
	entsql "entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/intercept"
	"portico/ent/db/order"
	"portico/ent/db/restriction"
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

// narrowed is the condition that a list of some accounts is narrowed by for its
// reader, nil where it sees all of it.
func (r *Resolver) narrowed(ctx context.Context, table string, accounts []string) func(*entsql.Selector) {
	list, ok := byApplication[table]
	if !ok {
		return nil
	}
	p, now := authz.From(ctx), r.store().Now()
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

// within adds a condition to a query, if there is one.
func within[Q entquery.Query](q Q, where func(*entsql.Selector)) Q {
	if where != nil {
		if iq, err := intercept.NewQuery(q); err == nil {
			iq.WhereP(where)
		}
	}
	return q
}

// conditions are predicates of ent as what they are.
func conditions[P ~func(*entsql.Selector)](where []P) []func(*entsql.Selector) {
	list := make([]func(*entsql.Selector), len(where))
	for i, w := range where {
		list[i] = w
	}
	return list
}

// restrictsScope leaves out, for a reader of some applications alone, what
// restricts others.
func (r *Resolver) restrictsScope(ctx context.Context, accountID string, due []*db.Restriction) ([]*db.Restriction, error) {
	whole, applications := authz.From(ctx).Scope(authz.StandingRead, accountID, r.store().Now())
	if whole {
		return due, nil
	}
	var targets []string
	for _, row := range due {
		if row.Scope == restriction.ScopeSERVICE {
			targets = append(targets, row.TargetID)
		}
	}
	services, err := r.nodes(ctx, targets)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(due), func(row *db.Restriction) bool {
		of := row.TargetID
		switch row.Scope {
		case restriction.ScopeAPPLICATION:
		case restriction.ScopeSERVICE:
			of = ""
			if s, ok := services[row.TargetID].(*db.Service); ok {
				of = s.ApplicationID
			}
		default:
			return false
		}
		return !slices.Contains(applications, of)
	}), nil
}
