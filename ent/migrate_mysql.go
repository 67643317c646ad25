package ent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// On MySQL each schema statement commits by itself, and no lock of the server
// covers a whole cluster. So one row holds the process that migrates, the end
// of its lease by the database's clock, and the current statement and file. The
// row is only changed by conditional updates. The statement in the row may
// already have run; those before it have run, and those after it haven't.
const (
	createMigrator = "CREATE TABLE IF NOT EXISTS portico_migrator (id int NOT NULL PRIMARY KEY, holder varchar(40) NOT NULL DEFAULT '', " +
		"until_at datetime(6) NOT NULL, name varchar(190) NOT NULL DEFAULT '', checksum varchar(64) NOT NULL DEFAULT '', statement int NOT NULL DEFAULT 0)"
	insertMigrator = "INSERT IGNORE INTO portico_migrator (id, until_at) VALUES (1, '2000-01-01')"
	// A lease that ends far in the future is ignored: the clock was put back.
	takeMigrator = "UPDATE portico_migrator SET holder = ?, until_at = UTC_TIMESTAMP(6) + INTERVAL 30 SECOND WHERE id = 1 " +
		"AND (holder IN ('', ?) OR until_at < UTC_TIMESTAMP(6) OR until_at > UTC_TIMESTAMP(6) + INTERVAL 60 SECOND)"
	renewMigrator   = "UPDATE portico_migrator SET until_at = UTC_TIMESTAMP(6) + INTERVAL 30 SECOND WHERE id = 1 AND holder = ?"
	releaseMigrator = "UPDATE portico_migrator SET holder = '' WHERE id = 1 AND holder = ?"
	readMigrator    = "SELECT name, checksum, statement FROM portico_migrator WHERE id = 1"
	setStatement    = "UPDATE portico_migrator SET name = ?, checksum = ?, statement = ? WHERE id = 1 AND holder = ?"
	setApplied      = "UPDATE portico_migrator SET name = '', checksum = '', statement = 0 WHERE id = 1 AND holder = ?"

	// renewEvery is the interval at which the holder renews its lease.
	renewEvery = 5 * time.Second
	// lookEvery is the interval at which a waiting process looks again.
	lookEvery = 250 * time.Millisecond
	// lockTries is the maximum number of times that a statement waits for a
	// table in use, each time for lockWait. While it waits, others can't use
	// the table.
	lockTries = 20
	lockWait  = "10"
)

var errTakenOver = errors.New("ent: migrate: another process took over the migration")

// migrator represents the one process that migrates.
type migrator struct {
	store  *Store
	conn   *sql.Conn
	holder string
	// The migration that was in progress when this process took over.
	name, checksum string
	statement      int
}

func (s *Store) migrateMySQL(ctx context.Context) (done []string, err error) {
	conn, err := s.driver.write.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("ent: migrate: %w", err)
	}
	defer conn.Close()
	m := &migrator{store: s, conn: conn, holder: NewID("hold")}
	if err := m.take(ctx); err != nil {
		return nil, fmt.Errorf("ent: migrate: %w", err)
	}
	ctx, stop := m.keep(ctx)
	defer stop()
	if _, err := conn.ExecContext(ctx, "SET SESSION lock_wait_timeout = "+lockWait); err != nil {
		return nil, fmt.Errorf("ent: migrate: %w", err)
	}
	defer func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "SET SESSION lock_wait_timeout = DEFAULT")
	}()
	pending, err := s.prepareVersions(ctx, conn)
	if err != nil {
		return nil, err
	}
	if m.name != "" && !inProgress(pending, m.name, m.checksum) {
		return nil, fmt.Errorf("ent: migration %s was begun: %w", m.name, ErrChanged)
	}
	for _, p := range pending {
		if err := m.apply(ctx, p); err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = errors.Join(cause, err)
			}
			return done, fmt.Errorf("ent: migration %s: %w", p.name, err)
		}
		done = append(done, p.name)
	}
	return done, nil
}

// inProgress reports whether the migration in progress is the first pending
// one, with the same text.
func inProgress(pending []migration, name, checksum string) bool {
	return len(pending) > 0 && pending[0].name == name && pending[0].checksum == checksum
}

// take waits until no other process migrates, and reads the migration in
// progress.
func (m *migrator) take(ctx context.Context) error {
	for _, prepare := range []string{createMigrator, insertMigrator} {
		if _, err := m.conn.ExecContext(ctx, prepare); err != nil {
			return err
		}
	}
	for tries := 0; ; tries++ {
		got, err := m.changed(m.conn.ExecContext(ctx, takeMigrator, m.holder, m.holder))
		if err != nil && !retryable(err) {
			return err
		}
		if got {
			return m.conn.QueryRowContext(ctx, readMigrator).Scan(&m.name, &m.checksum, &m.statement)
		}
		if tries == 0 {
			slog.InfoContext(ctx, "waiting for another process that migrates the database")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lookEvery):
		}
	}
}

func (m *migrator) changed(r sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

// keep renews the lease until stop is called, which releases it. The context
// ends if the lease is lost.
func (m *migrator) keep(outer context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(outer)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		t := time.NewTicker(renewEvery)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
			}
			held, err := m.changed(m.store.driver.write.ExecContext(ctx, renewMigrator, m.holder))
			if err == nil && !held {
				cancel(errTakenOver)
			}
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-ended
		// If the connection is lost, the lease expires.
		_, _ = m.conn.ExecContext(context.WithoutCancel(outer), releaseMigrator, m.holder)
	}
}

// mine runs an update of the row, which only its holder can make.
func (m *migrator) mine(ctx context.Context, q querier, update string, args ...any) error {
	held, err := m.changed(q.ExecContext(ctx, update, append(args, m.holder)...))
	if err == nil && !held {
		err = errTakenOver
	}
	return err
}

// apply runs the statements of a migration, starting with the one in progress.
func (m *migrator) apply(ctx context.Context, p migration) error {
	statements, err := p.statements()
	if err != nil {
		return err
	}
	from, underWay := 0, -1
	if m.name == p.name {
		from, underWay = m.statement, m.statement
	}
	for i := from; i < len(statements); i++ {
		if changesRows(statements[i]) {
			err = m.together(ctx, func(tx *sql.Tx) error {
				if _, err := tx.ExecContext(ctx, statements[i]); err != nil {
					return err
				}
				return m.mine(ctx, tx, setStatement, p.name, p.checksum, i+1)
			})
		} else if err = m.mine(ctx, m.conn, setStatement, p.name, p.checksum, i); err == nil {
			err = m.define(ctx, statements[i])
			if i == underWay && hasRun(err) {
				err = nil
			}
		}
		if err != nil {
			return fmt.Errorf("%w in %q", err, statements[i])
		}
	}
	return m.together(ctx, func(tx *sql.Tx) error {
		if err := m.mine(ctx, tx, setApplied); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, insertVersion, p.name, m.store.appliedAt(), p.checksum)
		return err
	})
}

// changesRows reports whether a statement can be rolled back by a transaction.
func changesRows(statement string) bool {
	word, _, _ := strings.Cut(strings.ToUpper(statement), " ")
	return word == "INSERT" || word == "UPDATE" || word == "DELETE"
}

// together runs steps that are committed together, and reruns them after a
// conflict.
func (m *migrator) together(ctx context.Context, steps func(tx *sql.Tx) error) error {
	once := func() error {
		tx, err := m.conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		if err := steps(tx); err != nil {
			return err
		}
		return tx.Commit()
	}
	for n := 1; ; n++ {
		err := once()
		if !retryable(err) || n == lockTries {
			return err
		}
		if e := pause(ctx, n); e != nil {
			return errors.Join(e, err)
		}
	}
}

// define runs a schema statement. It waits for the table only as long as it may
// delay others, and then lets them go first.
func (m *migrator) define(ctx context.Context, statement string) error {
	for n := 1; ; n++ {
		_, err := m.conn.ExecContext(ctx, statement)
		var refused *mysql.MySQLError
		if !errors.As(err, &refused) || refused.Number != 1205 || n == lockTries {
			return err
		}
		slog.WarnContext(ctx, "a table is in use; retrying its migration", "statement", statement)
		if e := pause(ctx, n); e != nil {
			return errors.Join(e, err)
		}
	}
}

// hasRun reports whether an error means that a schema statement has run before:
// the table, column or key already exists, or is already gone. (A schema
// statement has either all of its effect or none.)
func hasRun(err error) bool {
	var m *mysql.MySQLError
	if !errors.As(err, &m) {
		return false
	}
	switch m.Number {
	case 1050, // the table exists
		1051, // no such table to drop
		1060, // the column exists
		1061, // the key exists
		1091, // no such column or key to drop
		1826: // the foreign key exists
		return true
	}
	return false
}
