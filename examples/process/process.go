// Package process runs portico as a process of its own that can be killed and
// started again, for end-to-end tests.
package process

import (
	"bytes"
	"errors"
	"fmt"
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
)

// Build builds portico once and returns where it is.
var Build = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "portico-e2e")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "portico")
	if out, err := exec.Command("go", "build", "-o", path, "portico/cmd/portico").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// Server is a portico on a sandbox of its own.
type Server struct {
	// Binary is what [Build] built, Data a folder of its own, Database a DSN or
	// empty for the embedded one.
	Binary, Data, Database string
	// Demonstration asks for the demonstration data, which makes a first start
	// slower.
	Demonstration bool
	// Address is where it listens.
	Address string
	// Settings are further ones of `portico serve`.
	Settings []string

	cmd *exec.Cmd
	log bytes.Buffer
}

// FreeAddress is an address of this machine that nobody listens at.
func FreeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// URL is the API.
func (s *Server) URL() string { return "http://" + s.Address + "/graphql" }

// Logins is the file of the sandbox's logins.
func (s *Server) Logins() string { return filepath.Join(s.Data, "logins.json") }

// Log is what the server has written so far.
func (s *Server) Log() string { return s.log.String() }

func (s *Server) arguments(command ...string) []string {
	args := append(command, "--data", s.Data, "--sandbox")
	if !s.Demonstration {
		args = append(args, "--no-demonstration")
	}
	if s.Database != "" {
		args = append(args, "--database", s.Database, "--migrate")
	}
	return args
}

// Serve starts a server of a test's own, on a database or, where that is empty,
// on the embedded one. It is killed when the test ends.
func Serve(t testing.TB, database string, settings ...string) *Server {
	t.Helper()
	return (&Server{Database: database, Settings: settings}).serve(t)
}

// ServeDemonstration is [Serve] on the embedded database, with the demonstration
// data, as `make run` starts.
func ServeDemonstration(t testing.TB) *Server {
	t.Helper()
	return (&Server{Demonstration: true}).serve(t)
}

func (s *Server) serve(t testing.TB) *Server {
	t.Helper()
	path, err := Build()
	if err != nil {
		t.Fatal(err)
	}
	s.Binary, s.Data = path, t.TempDir()
	if s.Address, err = FreeAddress(); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Kill(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Restart kills the server and starts it again.
func (s *Server) Restart() error {
	if err := s.Kill(); err != nil {
		return err
	}
	return s.Start()
}

// Start starts the server and waits until it is ready.
func (s *Server) Start() error {
	s.cmd = exec.Command(s.Binary, append(append(s.arguments("serve"), "--listen", s.Address, "--private", ""), s.Settings...)...)
	s.cmd.Stdout, s.cmd.Stderr = io.Discard, &s.log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(time.Minute); ; {
		resp, err := http.Get("http://" + s.Address + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("the server doesn't get ready: %s", s.Log()), s.Kill())
		}
		<-time.After(20 * time.Millisecond)
	}
}

// Signal sends the server a signal.
func (s *Server) Signal(what os.Signal) error { return s.cmd.Process.Signal(what) }

// Wait waits until the server has ended by itself, and returns how.
func (s *Server) Wait() (*os.ProcessState, error) {
	err := s.cmd.Wait()
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		err = nil
	}
	return s.cmd.ProcessState, err
}

// Kill ends the server with SIGKILL, which leaves it no time for anything.
func (s *Server) Kill() error {
	err := s.cmd.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	if err != nil {
		return err
	}
	_ = s.cmd.Wait() // it was killed
	return nil
}

// Check runs `portico ledger check` or `portico standing check`, which must
// find nothing.
func (s *Server) Check(command string) error {
	out, err := exec.Command(s.Binary, s.arguments(command, "check")...).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "clean") {
		return fmt.Errorf("portico %s check: %w: %s", command, err, out)
	}
	return nil
}
