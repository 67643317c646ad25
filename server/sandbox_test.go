package server_test

import (
	"context"
	"errors"
	"testing"

	"portico/authz"
	"portico/ent"
	"portico/portal"
	"portico/server"
	"portico/server/servertest"
)

// Without --sandbox, a command would compare a sandbox's data with wall time:
// paid services would not have begun, and periods would be closed before their
// end.
func TestASandboxIsNotOpenedAsARealOne(t *testing.T) {
	c := servertest.Sandbox(t, t.TempDir())
	ctx, p := servertest.Seeded(t, c)
	real := c
	real.Sandbox = false
	opened := func() error {
		q, err := server.Open(ctx, real)
		if err == nil {
			err = q.Close()
		}
		return err
	}
	if err := opened(); err != nil {
		t.Errorf("before its clock was moved: %v", err)
	}
	moved := authz.With(context.Background(), authz.AsSystem("test"))
	if err := p.Store.Write(moved, func(tx *ent.Tx) error {
		return tx.SandboxClock.Create().SetID("sclk_the_one").SetOffsetMicros(1).Exec(tx)
	}); err != nil {
		t.Fatal(err)
	}
	if err := opened(); !errors.Is(err, portal.ErrSandbox) {
		t.Errorf("after it: %v", err)
	}
}
