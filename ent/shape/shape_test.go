package shape

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// 5.4: lists of any length become few distinct texts, and keep their values.
func TestAStatementComesInFewShapes(t *testing.T) {
	for _, c := range []struct {
		query  string
		args   []any
		shape  string
		values []any
	}{
		{"SELECT 1 WHERE a IN (?)", []any{1}, "SELECT 1 WHERE a IN (?)", []any{1}},
		{"SELECT 1 WHERE a IN (?, ?, ?)", []any{1, 2, 3}, "SELECT 1 WHERE a IN (?, ?, ?, ?)", []any{1, 2, 3, 3}},
		{"SELECT 1 WHERE b = ? AND a NOT IN (?, ?, ?) AND c = ?", []any{9, 1, 2, 3, 8},
			"SELECT 1 WHERE b = ? AND a NOT IN (?, ?, ?, ?) AND c = ?", []any{9, 1, 2, 3, 3, 8}},
		{"SELECT '?', `?` FROM t WHERE b = '? IN' AND a IN (?, ?, ?) AND c IN (?, ?) LIMIT 21", []any{1, 2, 3, 4, 5},
			"SELECT '?', `?` FROM t WHERE b = '? IN' AND a IN (?, ?, ?, ?) AND c IN (?, ?) LIMIT ?", []any{1, 2, 3, 3, 4, 5, 21}},
		{"SELECT 1 WHERE a IN (?, ?, 3)", []any{1, 2}, "SELECT 1 WHERE a IN (?, ?, 3)", []any{1, 2}},
		{"SELECT 1 WHERE a IN (SELECT b FROM u WHERE c = ?)", []any{1}, "SELECT 1 WHERE a IN (SELECT b FROM u WHERE c = ?)", []any{1}},
		{"SELECT 1 LIMIT 2", nil, "SELECT 1 LIMIT 2", nil}, // ent's statement for one row
		{"SELECT 1 LIMIT 3", nil, "SELECT 1 LIMIT ?", []any{3}},
		{"SELECT 1 LIMIT ?", []any{3}, "SELECT 1 LIMIT ?", []any{3}},
		{"SELECT a21", nil, "SELECT a21", nil},
	} {
		given := slices.Clone(c.args)
		query, args := Of(c.query, c.args)
		if query != c.shape || fmt.Sprint(args) != fmt.Sprint(c.values) || fmt.Sprint(given) != fmt.Sprint(c.args) {
			t.Errorf("%s %v: %s %v, want %s %v", c.query, c.args, query, args, c.shape, c.values)
		}
		if again, same := Of(query, args); again != query || fmt.Sprint(same) != fmt.Sprint(args) {
			t.Errorf("%s isn't its own shape: %s", query, again)
		}
	}
	texts := map[string]bool{}
	for n := 1; n <= longestList+1; n++ {
		query, args := Of("SELECT 1 WHERE a IN (?"+strings.Repeat(", ?", n-1)+")", make([]any, n))
		if strings.Count(query, "?") != len(args) || WorthKeeping(query) != (n <= longestList) {
			t.Errorf("%d values: %d placeholders, %d arguments, kept %v", n, strings.Count(query, "?"), len(args), WorthKeeping(query))
		}
		texts[query] = true
	}
	if len(texts) != 11 { // 1, 2, 4, … 512, and one that is too long
		t.Errorf("%d shapes", len(texts))
	}
}

// 5.4: rows are inserted by few distinct statements.
func TestWhichStatementsAreWorthKeeping(t *testing.T) {
	insert := func(rows int) string {
		return "INSERT INTO t (a, b) VALUES (?, ?)" + strings.Repeat(", (?, ?)", rows-1)
	}
	for query, kept := range map[string]bool{
		insert(1): true, insert(fewRows): true, insert(6): false, insert(9): false, insert(10): true, insert(11): false, insert(RowsPerInsert): true,
		"UPDATE t SET a = ?": true, "DELETE FROM t WHERE a = ?": true, "update t SET a = CASE id WHEN ? THEN ? END": false, "SAVEPOINT command": false, "ROLLBACK": false,
	} {
		if WorthKeeping(query) != kept {
			t.Errorf("%.60s: kept %v", query, !kept)
		}
	}
}
