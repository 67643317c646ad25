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

// program is a server that is measured.
type program struct {
	name string // in the tables and in the keys of its requests
	// graphql is true if it speaks GraphQL; otherwise it speaks the floor's REST.
	graphql bool
	// peer is true if it is a server of bench/peers; otherwise it is part of
	// this program.
	peer bool
}

// The sides of each run come first: the floor, then Portico.
const (
	theFloor = iota
	thePortico
)

var ours = []program{{name: "floor"}, {name: "portico", graphql: true}}

// deployment is what the sides of one engine share.
type deployment struct {
	database, keyFile, run string
	connections            int
	fixture                *Fixture
}

// side is a server process and the load for it.
type side struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	*load
}

// start starts one side.
func (d deployment) start(ctx context.Context, p program, at place) (*side, error) {
	command, first, err := d.command(ctx, p)
	if err != nil {
		return nil, err
	}
	s := &side{command: command}
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
	if first != "" {
		if _, err := fmt.Fprintln(s.in, first); err != nil {
			return nil, errors.Join(fmt.Errorf("%s doesn't start", p.name), err, s.stop())
		}
	}
	address, err := s.line()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s doesn't start", p.name), err, s.stop())
	}
	s.load = newLoad(p, at, "http://"+address, d.run, d.fixture)
	return s, nil
}

// command returns the process of a side, and the first line of its input.
func (d deployment) command(ctx context.Context, p program) (command *exec.Cmd, first string, err error) {
	if p.peer {
		return d.node(ctx, p)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	return exec.CommandContext(ctx, self, "-serve", p.name, "-database", d.database, "-keys", d.keyFile,
		"-connections", strconv.Itoa(d.connections)), "", nil
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
	// p50 and p99 are percentiles of the latency, measured by the client.
	p50, p99 time.Duration
}

// percentile returns the least of some values in ascending order that isn't
// exceeded by p per cent of them.
func percentile(ascending []time.Duration, p int) time.Duration {
	return ascending[(len(ascending)*p+99)/100-1]
}

func (s *side) measure(w workload, d time.Duration, p pace) (measured, error) {
	before, err := s.cpu()
	if err != nil {
		return measured{}, err
	}
	latencies, took, err := s.slice(w, d, p)
	if err != nil {
		return measured{}, fmt.Errorf("%s: %w", s.name, err)
	}
	after, err := s.cpu()
	if err != nil {
		return measured{}, err
	}
	n := len(latencies)
	if n == 0 {
		return measured{}, fmt.Errorf("%s: no request was answered", s.name)
	}
	return measured{float64(n) / took.Seconds(), (after - before) / time.Duration(n), percentile(latencies, 50), percentile(latencies, 99)}, nil
}
