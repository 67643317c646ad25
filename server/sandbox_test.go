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

// A command without --sandbox would judge what a sandbox holds by wall time: paid
// services as not begun, periods as closed before they ended.
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
