package graph

import (
	"context"
	"time"

	"portico/authz"
	"portico/ent/db"
	"portico/ent/statement"
	"portico/graph/batch"
	"portico/graph/page"
	"portico/portal/access/staff"
	"portico/portal/kernel/address"
)

// employeesOf reads a page of the employees of an account that a filter finds.
func (r *Resolver) employeesOf(ctx context.Context, obj *db.Account, f *staff.EmployeeFilter, args page.Args) (*page.Connection[db.Employee], error) {
	where, err := f.Where(r.store())
	if err != nil {
		return nil, err
	}
	l := employees
	l.Name, l.Where = l.Name+f.Key(), where
	return ofAccount(ctx, r, obj, l, args)
}

// contactOf returns how an employee can be reached: masked, unless it is the reader
// itself, or the reader may change the roles of employees.
func (r *Resolver) contactOf(ctx context.Context, obj *db.Employee) (*staff.EmployeeContact, error) {
	person, err := reference[*db.Person](ctx, r, obj, "person", func(e *db.Employee) string { return e.PersonID })
	if err != nil || person == nil {
		return nil, err
	}
	phone, err := address.Phone(r.store(), person)
	if err != nil {
		return nil, err
	}
	email, err := address.Mailbox(r.store(), person)
	if err != nil {
		return nil, err
	}
	p := authz.From(ctx)
	if p.ID != person.ID && !p.Allows(authz.EmployeeUpdate, authz.On(obj.AccountID), r.store().Now()) {
		phone = address.Masked(phone)
		if email != "" {
			email = address.Masked(email)
		}
	}
	return &staff.EmployeeContact{Phone: given(phone), Email: given(email)}, nil
}

// lastActiveOf returns when a session of an employee last began or was refreshed; nil
// if it has none.
func (r *Resolver) lastActiveOf(ctx context.Context, obj *db.Employee) (*time.Time, error) {
	last, err := batch.Load(ctx, obj, "lastActiveAt", func(parents []*db.Employee) (map[string]time.Time, error) {
		persons := make([]string, len(parents))
		for i, e := range parents {
			persons[i] = e.PersonID
		}
		return statement.LastActive(ctx, r.store(), persons)
	})
	if at, is := last[obj.PersonID]; is && err == nil {
		return &at, nil
	}
	return nil, err
}
