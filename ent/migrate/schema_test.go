package migrate_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"
	"github.com/go-sql-driver/mysql"

	"portico/ent"
)

// opened opens a database for ent's tools.
func opened(t *testing.T, engineName, database string) *entsql.Driver {
	t.Helper()
	driver, name, dsn := "mysql", dialect.MySQL, database
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		driver, name, dsn = "sqlite", dialect.SQLite, "file:"+path+"?_pragma=foreign_keys(1)"
	} else {
		c, err := mysql.ParseDSN(dsn)
		if err != nil {
			t.Fatal(err)
		}
		c.ParseTime = true
		dsn = c.FormatDSN()
	}
	drv, err := entsql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = drv.Close() })
	return entsql.OpenDB(name, drv.DB())
}

// lacks reports what a database lacks of the schema that ent needs.
func lacks(t *testing.T, engineName, database string) {
	t.Helper()
	drv := opened(t, engineName, database)
	dir := &migrate.MemDir{}
	m, err := schema.NewMigrate(drv, schema.WithDialect(drv.Dialect()), schema.WithDir(dir),
		schema.WithMigrationMode(schema.ModeInspect), schema.WithErrNoPlan(true))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Diff(t.Context(), ent.Tables()...); !errors.Is(err, migrate.ErrNoPlan) {
		files, _ := dir.Files()
		for _, f := range files {
			t.Logf("%s", f.Bytes())
		}
		t.Errorf("the migrations lack something: %v", err)
	}
	more := append(slices.Clone(ent.Tables()), schema.NewTable("no_such_table").AddPrimary(&schema.Column{Name: "id", Type: field.TypeInt}))
	if err := m.Diff(t.Context(), more...); err != nil {
		t.Errorf("a table that isn't there isn't missed: %v", err)
	}
}

// statementsOf returns the statements of a migration in a folder.
func statementsOf(t *testing.T, folder, name string) []string {
	t.Helper()
	text, err := fs.ReadFile(released, "migrate/"+folder+"/"+name+".sql")
	if err != nil {
		t.Fatal(err)
	}
	all, err := migrate.NewLocalFile(name+".sql", text).Stmts()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// statements counts the distinct statements of an engine's migrations.
func statements(t *testing.T, engineName string) int {
	t.Helper()
	different := map[string]bool{}
	for _, name := range names(t, released, engineName) {
		for _, s := range statementsOf(t, map[string]string{"sqlite": "sqlite", "mariadb": "mysql"}[engineName], name) {
			if !strings.HasPrefix(s, "PRAGMA") {
				different[s] = true
			}
		}
	}
	return len(different)
}
