// Package statement holds the statements that are written by hand, because ent
// would need many statements or a slow one. Each has its tenant predicate, and
// a test compares its answer with ent's.
package statement

import (
	"context"
	"errors"
	"strings"

	entsql "entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/shape"
)

// errNotSystem is returned if another principal than the system calls a
// function that reads the rows of all accounts.
var errNotSystem = errors.New("statement: only the system may read the rows of every account")

func bySystem(ctx context.Context) bool {
	p := authz.From(ctx)
	return p != nil && p.Kind == authz.System
}

// Lists reads the first rows of the lists of several accounts together.
type Lists struct {
	*ent.Store
	// Where are conditions that the rows must meet.
	Where []func(*entsql.Selector)
}

// Owner is what a list belongs to: an account, or a row of an account.
type Owner struct{ ID, AccountID string }

// FirstOfEach returns, in one statement, the ids of the first n rows of each
// account's list in a table, ordered by a column and the id. It returns
// [clause.NotFound] if the principal doesn't reach one of the accounts.
func (l Lists) FirstOfEach(ctx context.Context, table, orderColumn string, descending bool, accounts []string, n int) ([]string, error) {
	owners := make([]Owner, len(accounts))
	for i, id := range accounts {
		owners[i] = Owner{AccountID: id}
	}
	return l.FirstUnder(ctx, table, "", orderColumn, descending, owners, n)
}

// FirstUnder is [Lists.FirstOfEach] for the lists of rows of accounts: of each one
// the rows of a table with its id in the column under, unless that is empty.
func (l Lists) FirstUnder(ctx context.Context, table, under, orderColumn string, descending bool, owners []Owner, n int) ([]string, error) {
	condition, conditionArgs := l.condition(table)
	p := authz.From(ctx)
	if len(owners) == 0 {
		return nil, nil
	}
	direction := " ASC"
	if descending {
		direction = " DESC"
	}
	of := "account_id = ?"
	if under != "" {
		of = under + " = ? AND account_id = ?"
	}
	part := "SELECT id FROM (SELECT id FROM " + table + " WHERE " + of + condition + " ORDER BY " +
		orderColumn + direction + ", id" + direction + " LIMIT ?) AS part"
	args := make([]any, 0, (3+len(conditionArgs))*shape.RoundedUp(len(owners)))
	add := func(o Owner) {
		if under != "" {
			args = append(args, o.ID)
		}
		args = append(append(append(args, o.AccountID), conditionArgs...), n)
	}
	for _, o := range owners {
		if !p.Reaches(o.AccountID) {
			return nil, clause.NotFound
		}
		add(o)
	}
	parts := shape.RoundedUp(len(owners))
	for range parts - len(owners) { // fill the shape up with lists of no account
		add(Owner{})
	}
	query := part + strings.Repeat(" UNION ALL "+part, parts-1)
	rows, err := l.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// condition returns the conditions of Where as text that follows another
// condition.
func (l Lists) condition(table string) (text string, args []any) {
	q := entsql.Dialect(l.Dialect()).Select("id").From(entsql.Table(table))
	for _, w := range l.Where {
		w(q)
	}
	if q.P() == nil {
		return "", nil
	}
	q.P().SetDialect(l.Dialect())
	text, args = q.P().Query()
	return " AND (" + text + ")", args
}
