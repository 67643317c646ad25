package statement

import (
	"cmp"
	"context"
	"slices"

	"portico/ent"
	"portico/ent/db"
)

// subjectPage is how many rows one statement of [Subject] reads.
const subjectPage = 1000

// About selects the rows of a type that are about a person, by columns that an index
// covers.
type About struct {
	// Type is the name of the entity.
	Type string
	// Column names the person by one of Values.
	Column string
	Values []string
	// Accounts limits the rows to those of some accounts, where the index begins with
	// the account; "" is none. Nil doesn't limit them; an empty list has no rows.
	Accounts []string
}

// Subject calls use for each row of a selection, in the order of their ids. It has no
// tenant predicate besides: its caller is the person that the rows are about (6.3).
func Subject(ctx context.Context, s *ent.Store, about About, use func(db.Node) error) error {
	limited := about.Accounts != nil
	if len(about.Values) == 0 || limited && len(about.Accounts) == 0 {
		return nil
	}
	l := db.Loaders[about.Type]
	query := l.Select + " WHERE `" + about.Column + "`" + listOf(len(about.Values))
	args := values(about.Values)
	if limited {
		query += " AND `account_id`" + listOf(len(about.Accounts))
		args = append(args, values(about.Accounts)...)
	}
	query += " AND `id` > ? ORDER BY `id` LIMIT ?"
	for after := ""; ; {
		found, err := page(ctx, s, l, query, append(args[:len(args):len(args)], after, subjectPage))
		if err != nil {
			return err
		}
		for _, row := range found {
			if err := use(row); err != nil {
				return err
			}
			after = row.NodeID()
		}
		if len(found) < subjectPage {
			return nil
		}
	}
}

func page(ctx context.Context, s *ent.Store, l db.Loader, query string, args []any) ([]db.Node, error) {
	c := s.Read()
	rows, err := c.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	byID, err := l.Read(c, rows)
	if err != nil {
		return nil, err
	}
	found := make([]db.Node, 0, len(byID))
	for _, row := range byID {
		found = append(found, row)
	}
	slices.SortFunc(found, func(a, b db.Node) int { return cmp.Compare(a.NodeID(), b.NodeID()) })
	return found, nil
}
