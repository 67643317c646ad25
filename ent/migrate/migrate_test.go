package migrate_test

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"portico/ent"
	"portico/portaltest/engine"
)

var (
	engines = []string{"sqlite", "mariadb"}
	// released are the migrations of the program.
	released = os.DirFS("..")
)

func start() time.Time { return time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC) }

// empty returns a database of an engine without tables.
func empty(t *testing.T, engineName string) string {
	if engineName == "sqlite" {
		return "sqlite:" + t.TempDir() + "/portico.db"
	}
	return engine.EmptyMariaDB(t)
}

// process opens a database as a separate process, with a driver that can be
// cut; nil is a driver that can't.
func process(t *testing.T, database string, c *cutter, files fs.FS) *ent.Store {
	t.Helper()
	keys, _, err := ent.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	if c == nil {
		c = &cutter{}
	}
	s, err := ent.Open(t.Context(), ent.Config{Database: database, Keys: keys, Now: start, Wall: start, Wrap: c.wrap, Pool: ent.Pool{Connections: 2}, Migrations: files})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// beside opens a separate connection for the test.
func beside(t *testing.T, database string) *sql.DB {
	t.Helper()
	name := "mysql"
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		name, database = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(name, database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func run(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func number(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func names(t *testing.T, files fs.FS, engineName string) []string {
	t.Helper()
	folder := map[string]string{"sqlite": "sqlite", "mariadb": "mysql"}[engineName]
	all, err := fs.Glob(files, "migrate/"+folder+"/*.sql")
	if err != nil || len(all) == 0 {
		t.Fatalf("%v %v", all, err)
	}
	for i, f := range all {
		all[i] = strings.TrimSuffix(f[strings.LastIndexByte(f, '/')+1:], ".sql")
	}
	return all
}

// folder returns migrations of a test, the same on both engines.
func folder(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range files {
		m["migrate/mysql/"+name+".sql"] = &fstest.MapFile{Data: []byte(text)}
		m["migrate/sqlite/"+name+".sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// counting also migrates rows: a statement that runs twice counts twice.
var counting = folder(map[string]string{
	"0001_first": "CREATE TABLE count_of (id int NOT NULL PRIMARY KEY, n int NOT NULL);\nCREATE TABLE other (id int NOT NULL PRIMARY KEY);\nINSERT INTO count_of (id, n) VALUES (1, 0);\n",
	"0002_more": "UPDATE count_of SET n = n + 1;\nALTER TABLE other ADD COLUMN a int NULL;\nALTER TABLE other ADD COLUMN b int NULL;\n" +
		"CREATE INDEX other_a ON other (a);\n-- data:\nINSERT INTO count_of (id, n) SELECT id + 1, n FROM count_of;\nUPDATE count_of SET n = n + 10;\n",
})

// killed kills a migration before and after each of its calls, one call at a
// time, and runs it again. It returns the number of kills.
func killed(t *testing.T, database string, files fs.FS) int {
	t.Helper()
	db := beside(t, database)
	cuts := map[string]bool{}
	for kills := 0; ; kills++ {
		last := ""
		c := &cutter{at: func(call string, args []driver.NamedValue, after bool) bool {
			var given []any
			for _, a := range args {
				if s, ok := a.Value.(string); !ok || !strings.HasPrefix(s, "hold_") {
					given = append(given, a.Value)
				}
			}
			key := fmt.Sprint(call, given)
			if call == "BEGIN" || call == "COMMIT" {
				key += last
			} else {
				last = key
			}
			key += fmt.Sprint(after)
			cut := call != "CONNECT" && !cuts[key]
			cuts[key] = true
			return cut
		}}
		_, err := process(t, database, c, files).Migrate(t.Context())
		if err == nil && !c.dead {
			return kills
		}
		if err != nil && !errors.Is(err, errCut) {
			t.Fatalf("after %d kills: %v", kills, err)
		}
		if strings.HasPrefix(database, "sqlite:") {
			continue
		}
		// The lease of the dead process expires.
		if number(t, db, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'portico_migrator'") == 1 {
			run(t, db, "UPDATE portico_migrator SET until_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND")
		}
	}
}

func TestAMigrationThatIsKilledGoesOn(t *testing.T) {
	t.Parallel()
	for _, e := range engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			t.Run("9: killed at each statement of each migration, and run again, it gives the schema", func(t *testing.T) {
				database := empty(t, e)
				kills := killed(t, database, released)
				t.Logf("%d kills", kills)
				if least := 2 * statements(t, e); kills < least {
					t.Errorf("%d kills, at %d places at least it can be killed", kills, least)
				}
				lacks(t, e, database)
			})
			t.Run("9: what changes rows runs once, wherever it is killed", func(t *testing.T) {
				database := empty(t, e)
				if kills := killed(t, database, counting); kills < 30 {
					t.Errorf("%d kills", kills)
				}
				if n := number(t, beside(t, database), "SELECT SUM(n) FROM count_of"); n != 22 {
					t.Errorf("%d, want 22", n)
				}
			})
		})
	}
}

func TestOneProcessMigratesAtATime(t *testing.T) {
	t.Parallel()
	for _, e := range engines {
		t.Run(e+": 9: of six that start at once each migration is applied by one, and all go on", func(t *testing.T) {
			t.Parallel()
			database := empty(t, e)
			var mu sync.Mutex
			var applied []string
			var wg sync.WaitGroup
			for range 6 {
				s := process(t, database, nil, released)
				wg.Go(func() {
					did, err := s.Migrate(t.Context())
					if err != nil {
						t.Error(err)
					}
					if pending, err := s.Pending(t.Context()); err != nil || len(pending) > 0 {
						t.Errorf("%v is pending, %v", pending, err)
					}
					mu.Lock()
					defer mu.Unlock()
					applied = append(applied, did...)
				})
			}
			wg.Wait()
			slices.Sort(applied)
			if want := names(t, released, e); !slices.Equal(applied, want) {
				t.Errorf("%v, want each of %v once", applied, want)
			}
		})
	}
}

func TestTheLeaseOfAMigration(t *testing.T) {
	t.Parallel()
	prepared := func(t *testing.T) (string, *sql.DB) {
		database := empty(t, "mariadb")
		if _, err := process(t, database, nil, folder(map[string]string{"0001_first": "CREATE TABLE a (id int);\n"})).Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		return database, beside(t, database)
	}
	more := folder(map[string]string{"0001_first": "CREATE TABLE a (id int);\n", "0002_more": "CREATE TABLE b (id int);\nCREATE TABLE c (id int);\n"})
	t.Run("9: the second process waits, and takes over when the holder is dead", func(t *testing.T) {
		database, db := prepared(t)
		run(t, db, "UPDATE portico_migrator SET holder = 'hold_dead', until_at = UTC_TIMESTAMP(6) + INTERVAL 30 SECOND")
		asked := 0
		c := &cutter{at: func(call string, _ []driver.NamedValue, after bool) bool {
			if strings.Contains(call, "SET holder = ?") && after {
				if asked++; asked == 2 { // it was refused once
					run(t, db, "UPDATE portico_migrator SET until_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND")
				}
			} else if strings.HasPrefix(call, "CREATE TABLE b") && asked < 3 {
				t.Error("it didn't wait")
			}
			return false
		}}
		if did, err := process(t, database, c, more).Migrate(t.Context()); err != nil || len(did) != 1 || asked != 3 {
			t.Errorf("%v %v, asked %d times", did, err, asked)
		}
	})
	t.Run("9: a lease in the far future is taken over", func(t *testing.T) {
		database, db := prepared(t)
		run(t, db, "UPDATE portico_migrator SET holder = 'hold_dead', until_at = UTC_TIMESTAMP(6) + INTERVAL 40 DAY")
		if did, err := process(t, database, nil, more).Migrate(t.Context()); err != nil || len(did) != 1 {
			t.Errorf("%v %v", did, err)
		}
	})
	t.Run("9: a process that has lost its lease does nothing more, and reports it", func(t *testing.T) {
		database, db := prepared(t)
		c := &cutter{at: func(call string, _ []driver.NamedValue, after bool) bool {
			if strings.HasPrefix(call, "CREATE TABLE b") && after {
				run(t, db, "UPDATE portico_migrator SET holder = 'hold_other'")
			}
			return false
		}}
		if did, err := process(t, database, c, more).Migrate(t.Context()); err == nil || len(did) != 0 {
			t.Errorf("%v %v", did, err)
		}
		if n := number(t, db, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'c'"); n != 0 {
			t.Error("it went on")
		}
	})
	t.Run("9: what is there though no migration made it is no statement that has run", func(t *testing.T) {
		database, db := prepared(t)
		run(t, db, "CREATE TABLE c (id int)")
		if did, err := process(t, database, nil, more).Migrate(t.Context()); err == nil || len(did) != 0 {
			t.Errorf("%v %v", did, err)
		}
	})
}

func TestAMigrationThatChangedIsRefusedByName(t *testing.T) {
	t.Parallel()
	first, other := "CREATE TABLE a (id int);\n", "CREATE TABLE a (id int, b int);\n"
	for _, e := range engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			refused := func(t *testing.T, s *ent.Store) {
				t.Helper()
				_, err := s.Migrate(t.Context())
				if !errors.Is(err, ent.ErrChanged) || !strings.Contains(err.Error(), "0001_first") {
					t.Errorf("migrating: %v", err)
				}
			}
			database := empty(t, e)
			if _, err := process(t, database, nil, folder(map[string]string{"0001_first": first})).Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			changed := folder(map[string]string{"0001_first": other, "0002_more": "CREATE TABLE b (id int);\n"})
			t.Run("9: one that was applied with another text", func(t *testing.T) {
				s := process(t, database, nil, changed)
				refused(t, s)
				if _, err := s.Pending(t.Context()); !errors.Is(err, ent.ErrChanged) {
					t.Errorf("starting: %v", err)
				}
			})
			t.Run("9: what the release before applied is taken as it is, and held from then on", func(t *testing.T) {
				database := empty(t, e)
				db := beside(t, database)
				run(t, db, "CREATE TABLE portico_migration (name varchar(190) NOT NULL PRIMARY KEY, applied_at varchar(40) NOT NULL)")
				run(t, db, "INSERT INTO portico_migration (name, applied_at) VALUES ('0001_first', '2026-03-02T02:00:00Z')")
				same := process(t, database, nil, folder(map[string]string{"0001_first": first}))
				if pending, err := same.Pending(t.Context()); err != nil || len(pending) != 0 {
					t.Errorf("%v %v", pending, err)
				}
				if did, err := same.Migrate(t.Context()); err != nil || len(did) != 0 {
					t.Errorf("%v %v", did, err)
				}
				refused(t, process(t, database, nil, changed))
				run(t, db, "INSERT INTO portico_migration (name, applied_at) VALUES ('0009_older', '2026-03-02T02:00:00Z')")
			})
			if e == "sqlite" {
				return // a file of SQLite is applied in one transaction
			}
			t.Run("9: one that was begun with another text", func(t *testing.T) {
				database := empty(t, e)
				c := &cutter{at: func(call string, _ []driver.NamedValue, _ bool) bool {
					return strings.HasPrefix(call, "CREATE TABLE a")
				}}
				if _, err := process(t, database, c, folder(map[string]string{"0001_first": first})).Migrate(t.Context()); !errors.Is(err, errCut) {
					t.Fatal(err)
				}
				run(t, beside(t, database), "UPDATE portico_migrator SET until_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND")
				refused(t, process(t, database, nil, changed))
			})
		})
	}
}
