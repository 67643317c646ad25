package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// side is a server process of this program.
type side struct {
	name    string
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	*load
}

// start starts one side on a database.
func start(ctx context.Context, name, database, keyFile, run string, connections int, f *Fixture) (*side, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &side{name: name, command: exec.CommandContext(ctx, self, "-serve", name, "-database", database, "-keys", keyFile,
		"-connections", strconv.Itoa(connections))}
	s.command.Stderr = os.Stderr
	if s.in, err = s.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.out = bufio.NewReader(out)
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	address, err := s.line()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s doesn't start", name), err, s.stop())
	}
	s.load = newLoad("http://"+address, run, name == "portico", f)
	return s, nil
}

func (s *side) line() (string, error) {
	l, err := s.out.ReadString('\n')
	return strings.TrimSpace(l), err
}

func (s *side) tell(words string) (string, error) {
	if _, err := fmt.Fprintln(s.in, words); err != nil {
		return "", err
	}
	return s.line()
}

func (s *side) cpu() (time.Duration, error) {
	l, err := s.tell("cpu")
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseInt(l, 10, 64)
	return time.Duration(ns), err
}

// stop ends the process.
func (s *side) stop() error {
	return errors.Join(s.in.Close(), s.command.Wait())
}

// measured is the result of one slice of one side.
type measured struct {
	// rate is the number of answered requests per second; cpu is the server's
	// CPU time per request.
	rate float64
	cpu  time.Duration
}

func (s *side) measure(w workload, d time.Duration) (measured, error) {
	before, err := s.cpu()
	if err != nil {
		return measured{}, err
	}
	n, took, err := s.slice(w, d)
	if err != nil {
		return measured{}, fmt.Errorf("%s: %w", s.name, err)
	}
	after, err := s.cpu()
	if err != nil {
		return measured{}, err
	}
	if n == 0 {
		return measured{}, fmt.Errorf("%s: no request was answered", s.name)
	}
	return measured{float64(n) / took.Seconds(), (after - before) / time.Duration(n)}, nil
}
