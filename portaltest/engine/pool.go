package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Schema creates the tables, and perhaps first rows, of a test database.
type Schema struct {
	// Version identifies the schema, for example by a hash of the migrations. On a
	// shared server the first process applies a version and the others copy it. If it
	// is empty, each process applies its own schema.
	Version string
	// MySQL fills the empty MariaDB database that a DSN names, and closes what it
	// opens. It must not create views, triggers or routines.
	MySQL func(ctx context.Context, dsn string) error
	// SQLite fills the empty SQLite file at a path, and closes what it opens.
	SQLite func(ctx context.Context, path string) error
}

// Pool creates databases of one schema for the tests of one process, and reuses them.
// It is meant for a package variable.
type Pool struct {
	schema  Schema
	mariadb func() (*template, error)
	sqlite  func() ([]byte, error)

	mu   sync.Mutex
	free []string
}

// NewPool returns a pool of databases of a schema. It starts and applies nothing before
// the first test takes a database.
func NewPool(s Schema) *Pool {
	p := &Pool{schema: s}
	p.mariadb = sync.OnceValues(func() (*template, error) { return newTemplate(context.Background(), s) })
	p.sqlite = sync.OnceValues(func() ([]byte, error) { return newFile(context.Background(), s) })
	return p
}

// SQLite gives a test a SQLite file of the pool's schema with its first rows, in the
// test's folder, and returns the path.
func (p *Pool) SQLite(tb testing.TB) string {
	tb.Helper()
	content, err := p.sqlite()
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "portico.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func newFile(ctx context.Context, s Schema) (content []byte, err error) {
	dir, err := os.MkdirTemp("", "portico-sqlite-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "template.db")
	if err := s.SQLite(ctx, path); err != nil {
		return nil, fmt.Errorf("applying the schema to SQLite: %w", err)
	}
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		return nil, fmt.Errorf("the schema's SQLite file was left open: its log holds %d bytes", wal.Size())
	}
	return os.ReadFile(path)
}
