package main

import (
	"os"
	"path/filepath"
	"testing"

	"portico/portaltest/engine"
)

func TestTheCommandGetsTheServerAndGivesItsExitCode(t *testing.T) {
	t.Setenv(engine.Env, "")
	written := filepath.Join(t.TempDir(), "seen")
	code, err := run([]string{"/bin/sh", "-c", `printf %s "$` + engine.Env + `" > "$1"; exit 7`, "sh", written})
	if code != 7 || err != nil {
		t.Fatalf("exit code %d, %v; want 7", code, err)
	}
	dsn, err := os.ReadFile(written)
	if err != nil || len(dsn) == 0 {
		t.Fatalf("the command got the DSN %q, %v", dsn, err)
	}
	code, err = run([]string{"/bin/sh", "-c", "kill -9 $$"})
	if code != 1 || err == nil {
		t.Errorf("a killed command gives %d, %v", code, err)
	}
	code, err = run([]string{filepath.Join(t.TempDir(), "nothing")})
	if code != 1 || err == nil {
		t.Errorf("a command that isn't there gives %d, %v", code, err)
	}
}

func TestAServerThatRunsIsUsed(t *testing.T) {
	t.Setenv(engine.Env, "root@tcp(127.0.0.1:1)/")
	if code, err := run([]string{"/bin/sh", "-c", `test "$` + engine.Env + `" = "root@tcp(127.0.0.1:1)/"`}); code != 0 || err != nil {
		t.Errorf("%d, %v", code, err)
	}
	if code, err := run(nil); code != 1 || err == nil {
		t.Errorf("no command gives %d, %v", code, err)
	}
}
