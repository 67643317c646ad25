package server_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"portico/ent"
	"portico/portal"
	"portico/portal/kernel/job"
	"portico/server"
	"portico/server/servertest"
)

func TestAQuietStartRunsNoJob(t *testing.T) {
	ran := func(t *testing.T, quiet bool) bool {
		t.Helper()
		c := servertest.Sandbox(t, t.TempDir())
		c.Listen, c.Quiet, c.StopTimeout = servertest.FreeAddress(t), quiet, time.Minute
		var once sync.Once
		did := make(chan struct{})
		probe := job.Job{Name: "probe", OnWall: true,
			Next: func(context.Context, *ent.Store) (time.Time, bool, error) { return time.Time{}, true, nil },
			Run:  func(context.Context, *ent.Store) (int, error) { once.Do(func() { close(did) }); return 0, nil }}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- server.Run(ctx, c, func(_ context.Context, p *portal.Portal) error { p.Jobs = []job.Job{probe}; return nil })
		}()
		for served := false; !served; {
			select {
			case err := <-ended:
				t.Fatal(err)
			default:
				r, err := http.Get("http://" + c.Listen + "/healthz")
				if served = err == nil; served {
					_ = r.Body.Close()
				}
			}
		}
		if !quiet {
			<-did
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		select {
		case <-did:
			return true
		default:
			return false
		}
	}
	if !ran(t, false) {
		t.Error("a job that is due isn't run")
	}
	if ran(t, true) {
		t.Error("5.7: a start that is to be quiet runs a job")
	}
}
