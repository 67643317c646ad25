// Command diff writes the next migration for both dialects. It compares the
// schema that the existing migrations create with the one that ent/schema
// declares. For SQLite it runs the migrations in memory, for MySQL in an empty
// schema of the server that -mysql names.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"text/template"

	atlas "ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"
	_ "github.com/go-sql-driver/mysql"
	_ "modernc.org/sqlite"

	portico "portico/ent"
)

func main() {
	name := flag.String("name", "", "version and name of the migration, such as 0002_invoices")
	why := flag.String("why", "", "reason for the migration, which becomes the first line of the files")
	dsn := flag.String("mysql", "", "DSN of an empty MySQL or MariaDB schema")
	flag.Parse()
	if *name == "" || *why == "" || *dsn == "" {
		flag.Usage()
		os.Exit(2)
	}
	for _, d := range []struct{ dialect, driver, dsn, dir string }{
		{dialect.SQLite, "sqlite", "file:diff?mode=memory&cache=shared&_pragma=foreign_keys(1)", "ent/migrate/sqlite"},
		{dialect.MySQL, "mysql", *dsn, "ent/migrate/mysql"},
	} {
		if err := diff(d.dialect, d.driver, d.dsn, d.dir, *name, *why); err != nil {
			log.Fatalf("%s: %v", d.dialect, err)
		}
	}
}

func diff(name, driver, dsn, folder, version, why string) error {
	drv, err := entsql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer drv.Close()
	drv = entsql.OpenDB(name, drv.DB())
	dir, err := atlas.NewLocalDir(folder)
	if err != nil {
		return err
	}
	format, err := atlas.NewTemplateFormatter(
		template.Must(template.New("name").Parse(version+".sql")),
		template.Must(template.New("body").Parse("-- "+why+"\n{{ range .Changes }}{{ printf \"%s;\\n\" .Cmd }}{{ end }}")))
	if err != nil {
		return err
	}
	m, err := schema.NewMigrate(drv, schema.WithDir(dir), schema.WithMigrationMode(schema.ModeReplay),
		schema.WithDialect(name), schema.WithFormatter(format), schema.WithDropIndex(true))
	if err != nil {
		return err
	}
	if err := m.NamedDiff(context.Background(), version, portico.Tables()...); err != nil {
		if errors.Is(err, atlas.ErrNoPlan) {
			return fmt.Errorf("the schema has not changed")
		}
		return err
	}
	return nil
}
