package ent

import (
	"context"
	"errors"
	"strings"
	"sync"

	"entgo.io/ent"
	entsql "entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/intercept"
	"portico/ent/shape"
)

// errNoPrincipal is a programming error: every statement needs a principal.
var errNoPrincipal = errors.New("ent: a statement without a principal")

const accountColumn = "account_id"

// isolate limits every read and write of account-owned rows to the accounts of
// the context's principal: plain queries, traversals, and reads and updates
// inside transactions. Without a principal every statement fails.
func isolate(c *db.Client) {
	c.Intercept(ent.TraverseFunc(narrowQuery), ent.InterceptFunc(rememberRead))
	c.Use(func(next ent.Mutator) ent.Mutator {
		return ent.MutateFunc(func(ctx context.Context, m ent.Mutation) (ent.Value, error) {
			if err := narrowMutation(ctx, m); err != nil {
				return nil, err
			}
			v, err := recorded(ctx, m, next)
			if err != nil {
				return v, refusedByField(err, func(name string) bool { _, given := m.Field(name); return given })
			}
			return v, nil
		})
	})
}

// reach returns the accounts that the principal is limited to; all is true if
// it isn't limited.
func reach(ctx context.Context) (accounts []string, all bool, err error) {
	p := authz.From(ctx)
	if p == nil {
		return nil, false, errNoPrincipal
	}
	if id, ok := authz.Narrowed(ctx); ok {
		if !p.Reaches(id) && (id != "" || !p.ReachesAll()) { // the provider also reaches rows that don't belong to an account yet
			return nil, false, nil
		}
		return []string{id}, false, nil
	}
	if p.ReachesAll() {
		return nil, true, nil
	}
	return p.Accounts(), false, nil
}

// confining returns the column by which a type's rows are limited to accounts;
// "" if they belong to no account.
func confining(typ string) string {
	switch {
	case db.Tenanted[typ]:
		return accountColumn
	case typ == "Account":
		return "id"
	}
	return ""
}

// scope returns the predicate that limits the principal to rows of a type; nil
// if it isn't limited.
func scope(ctx context.Context, typ string) (func(*entsql.Selector), error) {
	accounts, all, err := reach(ctx)
	column := confining(typ)
	switch {
	case err != nil || all || column == "":
		return nil, err
	case len(accounts) == 0: // a row that belongs to no account yet is visible only to the provider
		return func(s *entsql.Selector) { s.Where(entsql.False()) }, nil
	case len(accounts) == 1:
		return entsql.FieldEQ(column, accounts[0]), nil
	}
	return entsql.FieldIn(column, anys(accounts)...), nil
}

// Load loads rows of a type by their ids, in one statement. Like every query it
// leaves out rows that the principal doesn't reach. The caller must check
// permissions.
func Load(ctx context.Context, c *db.Client, typ string, ids ...string) (map[string]db.Node, error) {
	accounts, all, err := reach(ctx)
	if err != nil {
		return nil, err
	}
	l, known := db.Loaders[typ]
	if !known || len(ids) == 0 {
		return map[string]db.Node{}, nil
	}
	column := confining(typ)
	if all || column == "" {
		accounts, column = nil, ""
	} else if len(accounts) == 0 {
		return map[string]db.Node{}, nil
	}
	query, args := loading(typ, l.Select, column, len(ids), len(accounts)), anys(append(ids[:len(ids):len(ids)], accounts...))
	rows, err := c.QueryContext(Brief(ctx), query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found, err := l.Read(c, rows)
	if t := changesOf(ctx); t != nil {
		for _, n := range found {
			t.remember(n)
		}
	}
	return found, err
}

// loads holds the text of the statement that loads one row, by its type and whether
// it is limited to one account.
var loads sync.Map

type load struct {
	typ     string
	limited bool
}

// loading returns the statement that loads rows by their ids, limited to accounts by a
// column unless that is empty.
func loading(typ, selection, column string, ids, accounts int) string {
	one := load{typ, column != ""}
	if ids == 1 && accounts <= 1 {
		if text, known := loads.Load(one); known {
			return text.(string)
		}
	}
	text := selection + " WHERE `id`" + among(ids)
	if column != "" {
		text += " AND `" + column + "`" + among(accounts)
	}
	if ids == 1 && accounts <= 1 {
		loads.Store(one, text)
	}
	return text
}

// among returns the condition that a value is one of n values.
func among(n int) string {
	if n == 1 {
		return " = ?"
	}
	return shape.InList + strings.Repeat(", ?", n-1) + ")"
}

// Reaches reports whether the principal reaches an account, within the limits
// of the transaction. Hand-written statements check it for each row.
func (tx *Tx) Reaches(account string) bool {
	narrowed, is := authz.Narrowed(context.Context(tx))
	return tx.Principal().Reaches(account) && (!is || account == narrowed)
}

func narrowQuery(ctx context.Context, q ent.Query) error {
	query, err := intercept.NewQuery(q)
	if err != nil {
		return err
	}
	where, err := scope(ctx, query.Type())
	if err != nil {
		return err
	}
	if where != nil {
		query.WhereP(where)
	}
	if most, ok := ctx.Value(counting{}).(int); ok {
		query.WhereP(upTo(most))
	}
	return nil
}

type counting struct{}

// CountUpTo returns a context for a Count that stops at a number, so that
// further rows cost nothing.
func CountUpTo(ctx context.Context, most int) context.Context {
	return context.WithValue(ctx, counting{}, most)
}

// upTo limits a query to the first rows that meet the conditions before it. It
// must be the last condition.
func upTo(most int) func(*entsql.Selector) {
	return func(s *entsql.Selector) {
		rows := s.Clone()
		rows.Select(rows.C("id")).Limit(most)
		s.SetP(nil)
		s.From(rows.As(s.TableName())) // under its own name, which ent uses to count
	}
}

func narrowMutation(ctx context.Context, m ent.Mutation) error {
	where, err := scope(ctx, m.Type())
	if err != nil || where == nil {
		return err
	}
	if m.Op().Is(ent.OpCreate) {
		if !db.Tenanted[m.Type()] { // an account belongs to no one before it is created
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
	m.(interface {
		WhereP(...func(*entsql.Selector))
	}).WhereP(where)
	return nil
}

func anys(list []string) []any {
	values := make([]any, len(list))
	for i, v := range list {
		values[i] = v
	}
	return values
}
