package main

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"portico/examples/process"
	"portico/examples/sandbox"
	"portico/portaltest/engine"
)

func TestFirstMonth(t *testing.T) {
	t.Parallel()
	for _, e := range []string{"sqlite", "mariadb"} {
		t.Run("the first month, the server killed between any two stations, on "+e, func(t *testing.T) {
			t.Parallel()
			database := ""
			if e == "mariadb" {
				database = engine.EmptyMariaDB(t)
			}
			s := process.Serve(t, database)
			var out bytes.Buffer
			p, err := sandbox.Open(s.URL(), s.Logins(), &out)
			if err != nil {
				t.Fatal(err)
			}
			p.HTTP = &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
			p.Between = func(string) error { return s.Restart() }
			if err := (&play{Play: p}).all(context.Background()); err != nil {
				t.Fatalf("%v\n%s\n%s", err, out.String(), s.Log())
			}
			for _, command := range []string{"ledger", "standing"} {
				if err := s.Check(command); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
