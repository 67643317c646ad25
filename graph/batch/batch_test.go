package batch_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"portico/ent/db"
	"portico/graph/batch"
)

// orders returns rows with these IDs.
func orders(ids ...string) []*db.Order {
	rows := make([]*db.Order, len(ids))
	for i, id := range ids {
		rows[i] = &db.Order{ID: id}
	}
	return rows
}

func TestRowsThatWereReadTogetherLoadOnce(t *testing.T) {
	ctx := batch.Begin(context.Background())
	rows := batch.Together(ctx, orders("a", "b", "c"))
	runs := 0
	load := func(parents []*db.Order) ([]string, error) {
		runs++
		return batch.IDs(parents), nil
	}
	for _, row := range rows {
		got, err := batch.Load(ctx, row, "ids", load)
		if err != nil || !slices.Equal(got, []string{"a", "b", "c"}) {
			t.Errorf("%v %v", got, err)
		}
	}
	if runs != 1 {
		t.Errorf("it ran %d times", runs)
	}
	t.Run("under another name it runs again", func(t *testing.T) {
		if _, err := batch.Load(ctx, rows[1], "other", load); err != nil || runs != 2 {
			t.Errorf("%d %v", runs, err)
		}
	})
	t.Run("a row that stands alone loads for itself", func(t *testing.T) {
		got, err := batch.Load(ctx, orders("d")[0], "ids", load)
		if err != nil || !slices.Equal(got, []string{"d"}) {
			t.Errorf("%v %v", got, err)
		}
	})
	t.Run("without a memory each loads for itself", func(t *testing.T) {
		ctx := context.Background()
		rows := batch.Together(ctx, orders("a", "b"))
		if got, err := batch.Load(ctx, rows[0], "ids", load); err != nil || len(got) != 1 {
			t.Errorf("%v %v", got, err)
		}
	})
	t.Run("an error goes to each of them, and is not tried again", func(t *testing.T) {
		broken, tries := errors.New("broken"), 0
		for _, row := range rows {
			_, err := batch.Load(ctx, row, "broken", func([]*db.Order) (int, error) {
				tries++
				return 0, broken
			})
			if !errors.Is(err, broken) {
				t.Errorf("got %v", err)
			}
		}
		if tries != 1 {
			t.Errorf("%d tries", tries)
		}
	})
}

// A row belongs to the group that it was last recorded in.
func TestTheLastGroupOfARowCounts(t *testing.T) {
	ctx := batch.Begin(context.Background())
	rows := orders("a", "b", "c")
	batch.Together(ctx, rows)
	batch.Together(ctx, []*db.OrderLine{{ID: "1"}, {ID: "2"}})
	batch.Together(ctx, []db.Node{rows[0], rows[1], &db.OrderLine{ID: "3"}}[:2])
	other := func([]*db.OrderLine) (bool, error) { return true, nil }
	if _, err := batch.Load(ctx, &db.OrderLine{ID: "4"}, "other", other); err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{{"a", "b"}, {"a", "b"}, {"a", "b", "c"}} {
		got, err := batch.Load(ctx, rows[i], "ids", func(parents []*db.Order) ([]string, error) { return batch.IDs(parents), nil })
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v %v", rows[i].ID, got, err)
		}
	}
}

func TestChildren(t *testing.T) {
	ctx := batch.Begin(context.Background())
	rows := batch.Together(ctx, orders("a", "b"))
	read := func([]string) ([]*db.OrderLine, error) {
		return []*db.OrderLine{{ID: "1", OrderID: "a"}, {ID: "2", OrderID: "a"}}, nil
	}
	of := func(l *db.OrderLine) string { return l.OrderID }
	for i, want := range []int{2, 0} {
		got, err := batch.Children(ctx, rows[i], "lines", read, of)
		if err != nil || len(got) != want || got == nil {
			t.Errorf("%s has %v %v", rows[i].ID, got, err)
		}
	}
}
