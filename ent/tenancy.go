package ent

import (
	"context"
	"errors"

	"entgo.io/ent"
	entsql "entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/intercept"
)

// errNoPrincipal is a fault of ours: every statement runs for somebody.
var errNoPrincipal = errors.New("ent: a statement without a principal")

const accountColumn = "account_id"

// isolate holds every read and write of account-owned rows within the
// accounts of the context's principal: plain queries, traversal, and reads and
// updates inside transactions. Without a principal everything is refused.
func isolate(c *db.Client) {
	c.Intercept(ent.TraverseFunc(narrowQuery))
	c.Use(func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			if err := narrowMutation(ctx, m); err != nil {
				return nil, err
			}
			v, err := next.Mutate(ctx, m)
			if err != nil {
				return v, refusedByField(err, func(name string) bool { _, given := m.Field(name); return given })
			}
			return v, nil
		})
	})
}

// scope is the predicate that confines the principal, nil if nothing does.
func scope(ctx context.Context) (func(*entsql.Selector), error) {
	p := authz.From(ctx)
	if p == nil {
		return nil, errNoPrincipal
	}
	if id, ok := authz.Narrowed(ctx); ok {
		if !p.Reaches(id) && (id != "" || !p.ReachesAll()) { // the provider's own reach what is nobody's yet
			return nothing, nil
		}
		return entsql.FieldEQ(accountColumn, id), nil
	}
	if p.ReachesAll() {
		return nil, nil
	}
	ids := p.Accounts()
	values := make([]any, len(ids))
	for i, id := range ids {
		values[i] = id
	}
	switch len(values) {
	case 0:
		return nothing, nil
	case 1:
		return entsql.FieldEQ(accountColumn, values[0]), nil
	}
	return entsql.FieldIn(accountColumn, values...), nil
}

// nothing is the predicate that no row meets: a row may be of no account yet,
// and is then nobody's but the provider's to see.
func nothing(s *entsql.Selector) { s.Where(entsql.False()) }

func narrowQuery(ctx context.Context, q ent.Query) error {
	query, err := intercept.NewQuery(q)
	if err != nil {
		return err
	}
	where, err := scope(ctx)
	if err != nil {
		return err
	}
	switch {
	case where == nil:
	case db.Tenanted[query.Type()]:
		query.WhereP(where)
	case query.Type() == "Account":
		query.WhereP(accountScope(ctx))
	}
	if most, ok := ctx.Value(counting{}).(int); ok {
		query.WhereP(upTo(most))
	}
	return nil
}

type counting struct{}

// CountUpTo is the context for a Count that stops at a number: what is beyond it
// costs nothing.
func CountUpTo(ctx context.Context, most int) context.Context {
	return context.WithValue(ctx, counting{}, most)
}

// upTo, as the last condition of a query, makes it one of the first rows that
// meet those before it.
func upTo(most int) func(*entsql.Selector) {
	return func(s *entsql.Selector) {
		rows := s.Clone()
		rows.Select(rows.C("id")).Limit(most)
		s.SetP(nil)
		s.From(rows.As(s.TableName())) // under its own name, by which ent counts
	}
}

// accountScope is scope for the accounts themselves, whose key is their id.
func accountScope(ctx context.Context) func(*entsql.Selector) {
	if id, ok := authz.Narrowed(ctx); ok {
		if !authz.From(ctx).Reaches(id) {
			id = ""
		}
		return entsql.FieldEQ("id", id)
	}
	ids := authz.From(ctx).Accounts()
	values := make([]any, len(ids))
	for i, id := range ids {
		values[i] = id
	}
	if len(values) == 0 {
		return entsql.FieldEQ("id", "")
	}
	return entsql.FieldIn("id", values...)
}

func narrowMutation(ctx context.Context, m ent.Mutation) error {
	where, err := scope(ctx)
	if err != nil || where == nil {
		return err
	}
	tenanted := db.Tenanted[m.Type()]
	if !tenanted && m.Type() != "Account" {
		return nil
	}
	if m.Op().Is(ent.OpCreate) {
		if !tenanted {
			return nil
		}
		v, _ := m.Field(accountColumn)
		id, _ := v.(string)
		narrowed, is := authz.Narrowed(ctx)
		if !authz.From(ctx).Reaches(id) || (is && id != narrowed) {
			return clause.NotFound
		}
		return nil
	}
	if !tenanted {
		where = accountScope(ctx)
	}
	m.(interface {
		WhereP(...func(*entsql.Selector))
	}).WhereP(where)
	return nil
}
