package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/portal/portaltest/engine"
)

// binary builds the program once.
var binary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "portico-e2e")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "portico")
	cmd := exec.Command("go", "build", "-o", path, "portico/cmd/portico")
	if out, err := cmd.CombinedOutput(); err != nil {
		return string(out), err
	}
	return path, nil
})

// process is a portico that can be killed and started again.
type process struct {
	t                      *testing.T
	binary, data, database string
	address                string
	cmd                    *exec.Cmd
	log                    bytes.Buffer
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (p *process) arguments(command ...string) []string {
	args := append(command, "--data", p.data, "--sandbox")
	if p.database != "" {
		args = append(args, "--database", p.database, "--migrate")
	}
	return args
}

func (p *process) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.binary, append(p.arguments("serve"), "--listen", p.address, "--private", "")...)
	p.cmd.Stdout, p.cmd.Stderr = io.Discard, &p.log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		resp, err := http.Get("http://" + p.address + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("the server doesn't get ready: %s", p.log.String())
		}
		<-time.After(20 * time.Millisecond)
	}
}

// kill ends the server with SIGKILL, which leaves it no time for anything.
func (p *process) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	_ = p.cmd.Wait()
}

func (p *process) check(command string) {
	p.t.Helper()
	out, err := exec.Command(p.binary, p.arguments(command, "check")...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "clean") {
		p.t.Errorf("portico %s check: %v: %s", command, err, out)
	}
}

func TestFirstOrder(t *testing.T) {
	t.Parallel()
	path, err := binary()
	if err != nil {
		t.Fatal(err, path)
	}
	for _, e := range []string{"sqlite", "mariadb"} {
		t.Run("the way to the first paid order, the server killed between any two stations, on "+e, func(t *testing.T) {
			t.Parallel()
			p := &process{t: t, binary: path, data: t.TempDir(), address: freeAddress(t)}
			if e == "mariadb" {
				p.database = engine.EmptyMariaDB(t)
			}
			p.start()
			t.Cleanup(p.kill)
			l, err := readLogins(filepath.Join(p.data, "logins.json"))
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			play := &play{client: &client{url: "http://" + p.address + "/graphql", http: &http.Client{Timeout: time.Minute,
				Transport: &http.Transport{DisableKeepAlives: true}}}, logins: l, out: &out,
				between: func(string) error { p.kill(); p.start(); return nil }}
			if err := play.all(context.Background()); err != nil {
				t.Fatalf("%v\n%s\n%s", err, out.String(), p.log.String())
			}
			p.check("ledger")
			p.check("standing")
		})
	}
}
