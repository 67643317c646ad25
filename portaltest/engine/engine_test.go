package engine_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/go-sql-driver/mysql"
	_ "modernc.org/sqlite"

	"portico/portaltest/engine"
)

// script returns a schema of about the portal's size: parents, children with
// foreign keys, generated columns, unique keys, and first rows.
func script() []string {
	var all []string
	for i := range 60 {
		all = append(all, fmt.Sprintf(`CREATE TABLE t%02d (id varchar(40) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
			account_id varchar(40) NOT NULL, name varchar(200) NOT NULL, minor bigint NOT NULL DEFAULT 0, at datetime(6) NULL,
			open int GENERATED ALWAYS AS (CASE WHEN at IS NULL THEN 1 END) STORED,
			UNIQUE KEY one (account_id, name), KEY due (account_id, at))`, i))
	}
	return append(all,
		"CREATE TABLE a_child (id int PRIMARY KEY, parent varchar(40) CHARACTER SET ascii COLLATE ascii_bin, FOREIGN KEY (parent) REFERENCES t00 (id))",
		"INSERT INTO t00 (id, account_id, name) VALUES ('role_owner', 'all', '所有者'), ('role_finance', 'all', '财务')",
		"INSERT INTO a_child VALUES (1, 'role_owner')")
}

func run(ctx context.Context, driver, dsn string, script []string) error {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for _, s := range script {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

var pool = engine.NewPool(engine.Schema{
	MySQL: func(ctx context.Context, dsn string) error { return run(ctx, "mysql", dsn, script()) },
	SQLite: func(ctx context.Context, path string) error {
		return run(ctx, "sqlite", path, []string{"PRAGMA journal_mode = wal", "CREATE TABLE role (id text PRIMARY KEY)", "INSERT INTO role VALUES ('role_owner')"})
	},
})

func open(tb testing.TB, driver, dsn string) *sql.DB {
	tb.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

func one[T any](tb testing.TB, db *sql.DB, query string) (v T) {
	tb.Helper()
	if err := db.QueryRowContext(tb.Context(), query).Scan(&v); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	return v
}

func exec1(tb testing.TB, db *sql.DB, query string) {
	tb.Helper()
	if _, err := db.ExecContext(tb.Context(), query); err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
}

func TestADatabaseBeginsAsTheSchemaMadeIt(t *testing.T) {
	var names []string
	for i := range 3 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			db := open(t, "mysql", pool.MariaDB(t))
			names = append(names, one[string](t, db, "SELECT DATABASE()"))
			for query, want := range map[string]string{
				"SELECT GROUP_CONCAT(id ORDER BY id) FROM t00":                                   "role_finance,role_owner",
				"SELECT name FROM t00 WHERE id = 'role_owner'":                                   "所有者",
				"SELECT open FROM t00 WHERE id = 'role_owner'":                                   "1",
				"SELECT COUNT(*) FROM t01":                                                       "0",
				"SELECT GROUP_CONCAT(parent) FROM a_child":                                       "role_owner",
				"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()": "61",
			} {
				if got := one[string](t, db, query); got != want {
					t.Errorf("%s: %s, want %s", query, got, want)
				}
			}
			exec1(t, db, "INSERT INTO t01 (id, account_id, name) VALUES ('x', 'a', 'b')")
			exec1(t, db, "DELETE FROM a_child")
			exec1(t, db, "DELETE FROM t00")
			if _, err := db.ExecContext(t.Context(), "INSERT INTO a_child VALUES (2, 'nobody')"); err == nil {
				t.Error("a copy has no foreign keys")
			}
		})
	}
	if names[0] != names[1] || names[1] != names[2] {
		t.Errorf("a database isn't used again: %v", names)
	}
}

func TestTestsAtTheSameTimeHaveTheirOwnDatabases(t *testing.T) {
	a, b := open(t, "mysql", pool.MariaDB(t)), open(t, "mysql", pool.MariaDB(t))
	exec1(t, a, "INSERT INTO t01 (id, account_id, name) VALUES ('x', 'a', 'b')")
	if n := one[int](t, b, "SELECT COUNT(*) FROM t01"); n != 0 {
		t.Errorf("the other sees %d rows", n)
	}
}

func TestATransactionLeftOpenDoesNotHoldUpTheNextTest(t *testing.T) {
	for i := range 2 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			dsn := pool.MariaDB(t)
			db, err := sql.Open("mysql", dsn)
			if err != nil {
				t.Fatal(err)
			}
			if n := one[int](t, db, "SELECT COUNT(*) FROM t02"); n != 0 {
				t.Errorf("%d rows are left", n)
			}
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			// The test's context ends before its Cleanups, so use another one.
			if _, err := tx.ExecContext(context.WithoutCancel(t.Context()), "INSERT INTO t02 (id, account_id, name) VALUES ('x', 'a', 'b')"); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestFreshAndEmpty(t *testing.T) {
	var fresh, empty string
	t.Run("inside", func(t *testing.T) {
		f, e := open(t, "mysql", pool.FreshMariaDB(t)), open(t, "mysql", engine.EmptyMariaDB(t))
		fresh, empty = one[string](t, f, "SELECT DATABASE()"), one[string](t, e, "SELECT DATABASE()")
		exec1(t, f, "ALTER TABLE t00 ADD COLUMN more int")
		exec1(t, e, "CREATE TABLE only (id int)")
	})
	db := open(t, "mysql", pool.MariaDB(t))
	if n := one[int](t, db, fmt.Sprintf("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name IN ('%s', '%s')", fresh, empty)); n != 0 || fresh == empty {
		t.Errorf("%d of %s and %s are left", n, fresh, empty)
	}
}

func TestASharedVersionIsAppliedOnce(t *testing.T) {
	applied := 0
	s := engine.Schema{Version: t.Name() + one[string](t, open(t, "mysql", engine.EmptyMariaDB(t)), "SELECT UUID()"), MySQL: func(ctx context.Context, dsn string) error {
		if applied++; applied == 1 {
			return errors.Join(run(ctx, "mysql", dsn, []string{"CREATE TABLE half (id int)"}), errors.New("the process died"))
		}
		return run(ctx, "mysql", dsn, []string{"CREATE TABLE whole (id int)"})
	}}
	probe := &recorder{TB: t}
	probe.do(func() { engine.NewPool(s).MariaDB(probe) })
	if !strings.Contains(probe.fatal, "the process died") {
		t.Errorf("a schema that can't be applied gives %q", probe.fatal)
	}
	for range 2 {
		db := open(t, "mysql", engine.NewPool(s).MariaDB(t))
		if got := one[string](t, db, "SELECT GROUP_CONCAT(table_name) FROM information_schema.tables WHERE table_schema = DATABASE()"); got != "whole" {
			t.Errorf("the copy has %s", got)
		}
	}
	if applied != 2 {
		t.Errorf("applied %d times", applied)
	}
}

// recorder is a test whose Fatal doesn't end the test that examines it.
type recorder struct {
	testing.TB
	fatal string
}

func (r *recorder) Helper() {}
func (r *recorder) Fatal(args ...any) {
	r.fatal = fmt.Sprint(args...)
	panic(r)
}
func (r *recorder) do(f func()) {
	defer func() {
		if v := recover(); v != nil && v != any(r) {
			panic(v)
		}
	}()
	f()
}

func TestViewsAreRefused(t *testing.T) {
	p := engine.NewPool(engine.Schema{MySQL: func(ctx context.Context, dsn string) error {
		return run(ctx, "mysql", dsn, []string{"CREATE TABLE a (id int)", "CREATE VIEW b AS SELECT * FROM a"})
	}})
	probe := &recorder{TB: t}
	probe.do(func() { p.MariaDB(probe) })
	if !strings.Contains(probe.fatal, "views") {
		t.Errorf("a view gives %q", probe.fatal)
	}
}

func TestSQLiteFiles(t *testing.T) {
	for range 2 {
		db := open(t, "sqlite", pool.SQLite(t))
		if n := one[int](t, db, "SELECT COUNT(*) FROM role"); n != 1 {
			t.Errorf("%d roles", n)
		}
		exec1(t, db, "INSERT INTO role VALUES ('other')")
	}
}

// child is the environment variable that makes this binary a test process that
// starts a server, prints its address, and waits to be killed.
const child = "PORTICO_ENGINE_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(child) != "" {
		s, err := engine.Start(context.Background())
		if err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println(s.DSN(""))
		<-s.Ended()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestTheServerDiesWithItsProcess(t *testing.T) {
	me, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), me)
	cmd.Env = append(os.Environ(), child+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var dsn string
	if _, err := fmt.Fscanln(out, &dsn); err != nil || strings.HasPrefix(dsn, "error") {
		t.Fatalf("the server doesn't start: %s, %v", dsn, err)
	}
	db := open(t, "mysql", dsn)
	folder := filepath.Dir(filepath.Clean(one[string](t, db, "SELECT @@datadir")))
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := os.Stat(folder); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	// This call returns when the server is killed and the connection breaks, or
	// after ten minutes if the server stays alive.
	if _, err := conn.ExecContext(t.Context(), "DO SLEEP(600)"); err == nil {
		t.Error("the server outlives its process")
	}
}

func TestAServerOnDiskServesAndStops(t *testing.T) {
	was := *engine.Memory
	*engine.Memory = filepath.Join(t.TempDir(), "none")
	t.Cleanup(func() { *engine.Memory = was })
	t.Setenv("TMPDIR", t.TempDir())
	s, err := engine.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	folder := filepath.Dir(filepath.Clean(one[string](t, open(t, "mysql", s.DSN("")), "SELECT @@datadir")))
	if !strings.HasPrefix(folder, os.TempDir()) {
		t.Errorf("the server's files are in %s", folder)
	}
	s.Stop()
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the server's files are left: %v", err)
	}
}

func TestAMissingMariaDBIsNamedInOneLine(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	was := *engine.Beside
	*engine.Beside = nil
	t.Cleanup(func() { *engine.Beside = was })
	_, err := engine.Start(t.Context())
	if !errors.Is(err, engine.ErrMissing) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
}

func BenchmarkMariaDB(b *testing.B) {
	for name, take := range map[string]func(testing.TB) string{"reused": pool.MariaDB, "fresh": pool.FreshMariaDB} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				once(b, take)
			}
		})
	}
}

// scope is a test with its own Cleanups.
type scope struct {
	testing.TB
	cleanups []func()
}

func (s *scope) Cleanup(f func()) { s.cleanups = append(s.cleanups, f) }

func once(tb testing.TB, take func(testing.TB) string) {
	s := &scope{TB: tb}
	db, err := sql.Open("mysql", take(s))
	if err != nil {
		tb.Fatal(err)
	}
	exec1(tb, db, "INSERT INTO t01 (id, account_id, name) VALUES ('x', 'a', 'b')")
	if err := db.Close(); err != nil {
		tb.Fatal(err)
	}
	for _, f := range s.cleanups {
		f()
	}
}
