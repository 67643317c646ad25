package migrate_test

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/mysql"
	"ariga.io/atlas/sql/schema"
	"ariga.io/atlas/sql/sqlite"
)

// announced are values of older columns that the previous release can read and
// doesn't write, as `table.column VALUE`. A new value of an enumeration is
// announced by one release and written by the next. The previous release compares
// an employee's status with ACTIVE alone, so that it gives a suspended one nothing.
var announced = []string{
	"employees.status SUSPENDED",
	"approvals.status EXPIRED", // no operation of it reads approvals, and its job reads approved ones
}

// inspect returns the schema that migrations create.
func inspect(t *testing.T, engineName string, files fs.FS) (migrate.Driver, *schema.Schema) {
	t.Helper()
	database := empty(t, engineName)
	if _, err := process(t, database, nil, files).Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	db := beside(t, database)
	var d migrate.Driver
	var err error
	if engineName == "sqlite" {
		d, err = sqlite.Open(db)
	} else {
		d, err = mysql.Open(db)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.InspectSchema(t.Context(), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Name = ""
	return d, s
}

// broken returns the changes of a schema with which the previous release can't
// work.
func broken(t *testing.T, engineName string, before, after fs.FS) (found []string) {
	t.Helper()
	_, from := inspect(t, engineName, before)
	d, to := inspect(t, engineName, after)
	changes, err := d.SchemaDiff(from, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		switch c := c.(type) {
		case *schema.AddTable:
		case *schema.ModifyTable:
			for _, in := range c.Changes {
				if why := breaks(c.T, empties(c.Changes), in); why != "" {
					found = append(found, c.T.Name+": "+why)
				}
			}
		default:
			found = append(found, fmt.Sprintf("%T", c))
		}
	}
	return found
}

// empties returns the new columns that the previous release leaves null.
func empties(changes []schema.Change) map[string]bool {
	all := map[string]bool{}
	for _, c := range changes {
		if add, ok := c.(*schema.AddColumn); ok && add.C.Type.Null && add.C.Default == nil {
			all[add.C.Name] = true
		}
	}
	return all
}

func breaks(t *schema.Table, empty map[string]bool, c schema.Change) string {
	switch c := c.(type) {
	case *schema.AddColumn:
		if !c.C.Type.Null && c.C.Default == nil {
			return c.C.Name + " is new, and neither nullable nor has it a default in SQL"
		}
		return ""
	case *schema.ModifyColumn:
		return narrows(t.Name, c)
	case *schema.AddIndex:
		if c.I.Unique && !slices.ContainsFunc(c.I.Parts, func(p *schema.IndexPart) bool { return p.C != nil && empty[p.C.Name] }) {
			return "a unique key on a table that the release before fills"
		}
		return ""
	case *schema.DropIndex:
		if c.I.Unique {
			return "a unique key is gone, by which the release before finds what is there"
		}
		return ""
	case *schema.ModifyIndex:
		if c.From.Unique || c.To.Unique {
			return "a unique key is another"
		}
		return ""
	case *schema.AddAttr, *schema.ModifyAttr, *schema.DropCheck, *schema.DropForeignKey:
		return ""
	}
	return fmt.Sprintf("%T", c)
}

func narrows(table string, c *schema.ModifyColumn) string {
	name := c.To.Name
	if c.Change.Is(schema.ChangeNull) && !c.To.Type.Null {
		return name + " may not be null any more"
	}
	if c.Change.Is(schema.ChangeDefault) && c.To.Default == nil && !c.To.Type.Null {
		return name + " has lost its default"
	}
	if c.Change&(schema.ChangeCharset|schema.ChangeCollate|schema.ChangeGenerated) != 0 {
		return name + " compares otherwise, or is computed"
	}
	if !c.Change.Is(schema.ChangeType) {
		return ""
	}
	switch to := c.To.Type.Type.(type) {
	case *schema.EnumType:
		from, _ := c.From.Type.Type.(*schema.EnumType)
		if from == nil || len(to.Values) < len(from.Values) || !slices.Equal(from.Values, to.Values[:len(from.Values)]) {
			return name + " has lost values"
		}
		for _, value := range to.Values[len(from.Values):] {
			if !slices.Contains(announced, table+"."+name+" "+value) {
				return name + " has the new value " + value + ", which the release before doesn't know: announce it in one release, write it in the next, or take a new column"
			}
		}
		return ""
	case *schema.StringType:
		if from, ok := c.From.Type.Type.(*schema.StringType); ok && (from.T == to.T && to.Size >= from.Size || strings.HasSuffix(to.T, "text") && from.Size <= 255) {
			return ""
		}
	case *schema.IntegerType:
		order := []string{"tinyint", "smallint", "mediumint", "int", "bigint"}
		if from, ok := c.From.Type.Type.(*schema.IntegerType); ok && from.Unsigned == to.Unsigned && slices.Index(order, from.T) <= slices.Index(order, to.T) {
			return ""
		}
	case *schema.BinaryType:
		if from, ok := c.From.Type.Type.(*schema.BinaryType); ok && slices.Index([]string{"blob", "mediumblob", "longblob"}, from.T) <= slices.Index([]string{"blob", "mediumblob", "longblob"}, to.T) && from.T != "varbinary" {
			return ""
		}
	}
	return name + " is of another type"
}

// previous returns the names of the previous release's migrations; see
// previous.txt.
func previous(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("previous.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			all = append(all, line)
		}
	}
	return all[1:] // the first line is its commit
}

// only returns a folder with some of the migrations.
func only(t *testing.T, keep []string) fs.FS {
	t.Helper()
	m := fstest.MapFS{}
	for _, folder := range []string{"mysql", "sqlite"} {
		for _, name := range keep {
			file := "migrate/" + folder + "/" + name + ".sql"
			text, err := fs.ReadFile(released, file)
			if err != nil {
				t.Fatal(err)
			}
			m[file] = &fstest.MapFile{Data: text}
		}
	}
	return m
}

func TestNewMigrationsAreAdditive(t *testing.T) {
	t.Parallel()
	for _, e := range engines {
		t.Run(e+": 9: the release before can live with the schema", func(t *testing.T) {
			t.Parallel()
			for _, found := range broken(t, e, only(t, previous(t)), released) {
				t.Error(found)
			}
		})
	}
	t.Run("9: what is new of rows is added or changed, not taken away", func(t *testing.T) {
		old := previous(t)
		for _, name := range names(t, released, "mariadb") {
			if slices.Contains(old, name) {
				continue
			}
			for _, statement := range statementsOf(t, "mysql", name) {
				for _, word := range []string{"DELETE", "TRUNCATE", "REPLACE", "DROP TABLE", "RENAME"} {
					if strings.HasPrefix(strings.ToUpper(statement), word) {
						t.Errorf("%s: %s", name, statement)
					}
				}
			}
		}
	})
	for _, folder := range []string{"mysql", "sqlite"} {
		t.Run("9: atlas.sum is that of the folder "+folder, func(t *testing.T) {
			d, err := migrate.NewLocalDir(folder)
			if err != nil {
				t.Fatal(err)
			}
			if err := migrate.Validate(d); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWhatIsNotAdditiveIsFound(t *testing.T) {
	t.Parallel()
	const first = "CREATE TABLE a (id varchar(40) NOT NULL PRIMARY KEY, name varchar(40) NULL, n int NOT NULL DEFAULT 0);\nCREATE UNIQUE INDEX a_name ON a (name);\n"
	const kinds = "CREATE TABLE k (id int NOT NULL PRIMARY KEY, kind enum('A','B') NOT NULL, at datetime(6) NOT NULL);\n"
	for name, x := range map[string]struct {
		first, more string
		both, fine  bool
	}{
		"a table":                                     {first, "CREATE TABLE b (id int NOT NULL);", true, true},
		"a nullable column":                           {first, "ALTER TABLE a ADD COLUMN more int NULL;", true, true},
		"a column with a default":                     {first, "ALTER TABLE a ADD COLUMN more int NOT NULL DEFAULT 7;", true, true},
		"an index":                                    {first, "CREATE INDEX a_n ON a (n);", true, true},
		"a wider text":                                {first, "ALTER TABLE a MODIFY COLUMN name varchar(60) NULL;", false, true},
		"a wider number":                              {first, "ALTER TABLE a MODIFY COLUMN n bigint NOT NULL DEFAULT 0;", false, true},
		"a column that must be given":                 {first, "ALTER TABLE a ADD COLUMN more int NOT NULL;", false, false},
		"a table that is gone":                        {first, "DROP TABLE a;", true, false},
		"a column that is gone":                       {first, "ALTER TABLE a DROP COLUMN n;", true, false},
		"a column of another name":                    {first, "ALTER TABLE a RENAME COLUMN n TO m;", true, false},
		"a table of another name":                     {first, "ALTER TABLE a RENAME TO c;", true, false},
		"a unique key of a new column":                {first, "ALTER TABLE a ADD COLUMN more int NULL;\nCREATE UNIQUE INDEX a_more ON a (more);", true, true},
		"a unique key of a new column that is filled": {first, "ALTER TABLE a ADD COLUMN more int NOT NULL DEFAULT 0;\nCREATE UNIQUE INDEX a_more ON a (more);", true, false},
		"a unique key":                                {first, "CREATE UNIQUE INDEX a_n ON a (n);", true, false},
		"a narrower text":                             {first, "ALTER TABLE a MODIFY COLUMN name varchar(20) NULL;", false, false},
		"a narrower number":                           {first, "ALTER TABLE a MODIFY COLUMN n smallint NOT NULL DEFAULT 0;", false, false},
		"a column that may not be null":               {first, "ALTER TABLE a MODIFY COLUMN name varchar(40) NOT NULL;", false, false},
		"a default that is gone":                      {first, "ALTER TABLE a MODIFY COLUMN n int NOT NULL;", false, false},
		"a check":                                     {first, "ALTER TABLE a ADD CONSTRAINT positive CHECK (n > 0);", false, false},
		"a new value of an enumeration":               {kinds, "ALTER TABLE k MODIFY COLUMN kind enum('A','B','C') NOT NULL;", false, false},
		"a value of an enumeration that is gone":      {kinds, "ALTER TABLE k MODIFY COLUMN kind enum('A') NOT NULL;", false, false},
		"an instant that is cut":                      {kinds, "ALTER TABLE k MODIFY COLUMN at datetime NOT NULL;", false, false},
	} {
		on := []string{"mariadb"}
		if x.both {
			on = engines
		}
		for _, e := range on {
			t.Run(e+": 9: "+name, func(t *testing.T) {
				t.Parallel()
				found := broken(t, e, folder(map[string]string{"0001_first": x.first}), folder(map[string]string{"0001_first": x.first, "0002_more": x.more}))
				if (len(found) == 0) != x.fine {
					t.Errorf("found %v", found)
				}
			})
		}
	}
}
