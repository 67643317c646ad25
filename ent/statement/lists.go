// Package statement holds the statements that are written by hand, since ent's
// own would be many, or slow. Each carries its tenant predicate, and a test holds
// its answer equal to ent's.
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

// errNotSystem: what walks over the rows of all accounts.
var errNotSystem = errors.New("statement: it reads every account's rows, for the system alone")

func bySystem(ctx context.Context) bool {
	p := authz.From(ctx)
	return p != nil && p.Kind == authz.System
}

// Lists reads the beginnings of the lists of several accounts at once.
type Lists struct {
	*ent.Store
	// Where are conditions that the rows meet.
	Where []func(*entsql.Selector)
}

// FirstOfEach returns, in one statement, the ids of the first n rows of each
// account's list of a table, ordered by a column and the id. Every account must
// be within the principal's reach, else it is [clause.NotFound].
func (l Lists) FirstOfEach(ctx context.Context, table, orderColumn string, descending bool, accounts []string, n int) ([]string, error) {
	condition, conditionArgs := l.condition(table)
	p := authz.From(ctx)
	if len(accounts) == 0 {
		return nil, nil
	}
	direction := " ASC"
	if descending {
		direction = " DESC"
	}
	part := "SELECT id FROM (SELECT id FROM " + table + " WHERE account_id = ?" + condition + " ORDER BY " +
		orderColumn + direction + ", id" + direction + " LIMIT ?) AS part"
	args := make([]any, 0, (2+len(conditionArgs))*shape.RoundedUp(len(accounts)))
	for _, id := range accounts {
		if !p.Reaches(id) {
			return nil, clause.NotFound
		}
		args = append(append(append(args, id), conditionArgs...), n)
	}
	parts := shape.RoundedUp(len(accounts))
	for range parts - len(accounts) { // as many parts as its shape has: of no account
		args = append(append(append(args, ""), conditionArgs...), n)
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

// condition is what Where asks for, as the text that follows another condition.
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
