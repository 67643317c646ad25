package ent_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"portico/calendar"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/lease"
	"portico/portaltest"
)

// A process that is frozen or cut off within a transaction keeps its locks
// until the server ends the transaction. When the process continues, it repeats
// the transaction.
func TestAFrozenReplicaHoldsNoLocks(t *testing.T) {
	w := portaltest.New(t, "mariadb")
	twin := portaltest.Open(t, "mariadb", w.Database+"&idle_transaction_timeout=1")
	if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		return tx.Lease.Create().SetJob("j").SetHolder("nobody").SetUntilAt(tx.Wall).Exec(tx)
	}); err != nil {
		t.Fatal(err)
	}
	take := func(tx *ent.Tx, holder string) error {
		return tx.Lease.Update().Where(lease.Job("j")).SetHolder(holder).Exec(tx)
	}
	holds, goOn, ended := make(chan struct{}, 1), make(chan struct{}), make(chan error, 1)
	runs := 0
	go func() {
		ended <- twin.Portal.Store.Write(twin.System(), func(tx *ent.Tx) error {
			runs++
			if err := take(tx, "the frozen one"); err != nil || runs > 1 {
				return err
			}
			holds <- struct{}{}
			<-goOn
			_, err := tx.Lease.Query().Count(tx)
			return err
		})
	}()
	<-holds
	ctx, cancel := context.WithTimeout(w.System(), 30*time.Second)
	defer cancel()
	var before *db.Lease
	if err := w.Portal.Store.Write(ctx, func(tx *ent.Tx) (err error) {
		if before, err = tx.Lease.Query().Where(lease.Job("j")).Only(tx); err != nil {
			return err
		}
		return take(tx, "another")
	}); err != nil || before.Holder != "nobody" {
		t.Errorf("what a frozen replica locked isn't to be had: %v, %v", before, err)
	}
	close(goOn)
	if err := <-ended; err != nil || runs != 2 {
		t.Errorf("the frozen one: %d runs, %v", runs, err)
	}
}

func TestSessionsOfTheServerAreBounded(t *testing.T) {
	w := portaltest.New(t, "mariadb")
	rows, err := w.Portal.Store.Read().QueryContext(w.System(), "SELECT @@idle_transaction_timeout, @@tx_isolation, @@sql_mode LIKE '%STRICT_ALL_TABLES%', @@time_zone")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var seconds, strict int
	var isolation, zone string
	if !rows.Next() {
		t.Fatal("no row")
	}
	if err := rows.Scan(&seconds, &isolation, &strict, &zone); err != nil {
		t.Fatal(err)
	}
	// A job's lease is 15 seconds. By then the locks of a lost holder must be
	// released.
	if seconds < 1 || seconds >= 15 || isolation != "READ-COMMITTED" || strict != 1 || zone != "+00:00" {
		t.Errorf("%d %s %d %s", seconds, isolation, strict, zone)
	}
}

// A start, a command, and the first check of the nodes connect to a server that
// accepts connections and sends nothing.
func TestASilentServerIsNotWaitedFor(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var open []net.Conn
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open = append(open, c)
		}
	})
	keys, _, err := ent.NewKeys()
	if err != nil {
		t.Fatal(err)
	}
	host := l.Addr().String()
	for _, dsn := range []string{"root@tcp(" + host + ")/x", "root@tcp(" + host + "," + host + ")/x"} {
		ended := make(chan error, 1)
		go func() {
			_, err := ent.Open(context.Background(), ent.Config{Database: dsn, Keys: keys, Now: calendar.Real{}.Now, Wall: calendar.Real{}.Now, Pool: ent.Pool{Connect: 20 * time.Millisecond}})
			ended <- err
		}()
		select {
		case err := <-ended:
			if !ent.IsTimeout(err) {
				t.Errorf("%s: %v", dsn, err)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s: it waits without end", dsn)
		}
	}
	_ = l.Close()
	all.Wait()
	for _, c := range open {
		_ = c.Close()
	}
}
