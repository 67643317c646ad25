package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"

	"portico/bench/floor"
)

// peersFolder holds the servers of Node, from the project's folder.
const peersFolder = "bench/peers"

// peers are the servers of Node that can be measured. The name is the argument
// of serve.mjs.
var peers = []program{
	{name: "yoga", graphql: true, peer: true},
	{name: "yoga-dataloader", graphql: true, peer: true},
	{name: "apollo", graphql: true, peer: true},
	{name: "apollo-dataloader", graphql: true, peer: true},
	{name: "mercurius-jit", graphql: true, peer: true},
	{name: "mercurius-jit-loaders", graphql: true, peer: true},
}

// usualPeers are the peers that are measured unless others are named.
const usualPeers = "yoga,apollo,mercurius-jit,mercurius-jit-loaders"

func peerNames() (names []string) {
	for _, p := range peers {
		names = append(names, p.name)
	}
	return names
}

// withPeers returns the programs to measure: the floor, Portico, and the named
// peers.
func withPeers(names string) ([]program, error) {
	programs := slices.Clone(ours)
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(peers, func(p program) bool { return p.name == name })
		if i < 0 {
			return nil, fmt.Errorf("no such peer: %q; there are %s", name, strings.Join(peerNames(), ", "))
		}
		if slices.Contains(programs, peers[i]) {
			return nil, fmt.Errorf("%s is named twice", name)
		}
		programs = append(programs, peers[i])
	}
	return programs, nil
}

// peerSettings is the first line that a server of Node reads.
type peerSettings struct {
	SQLite      string            `json:"sqlite,omitempty"` // path of the database
	MariaDB     *peerDatabase     `json:"mariadb,omitempty"`
	Connections int               `json:"connections"`
	Statements  map[string]string `json:"statements"`
}

type peerDatabase struct {
	Host       string `json:"host,omitempty"`
	Port       string `json:"port,omitempty"`
	SocketPath string `json:"socketPath,omitempty"`
	User       string `json:"user"`
	Password   string `json:"password"`
	Database   string `json:"database"`
}

// node returns the process of a peer, and its settings.
func (d deployment) node(ctx context.Context, p program) (command *exec.Cmd, first string, err error) {
	if _, err := os.Stat(filepath.Join(peersFolder, "node_modules")); err != nil {
		return nil, "", fmt.Errorf("the servers of Node aren't installed: run make bench-peers, in the project's folder (%w)", err)
	}
	s := peerSettings{Connections: d.connections, Statements: floor.Statements()}
	if path, ok := strings.CutPrefix(d.database, "sqlite:"); ok {
		s.SQLite = path
	} else if s.MariaDB, err = addressOf(d.database); err != nil {
		return nil, "", err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, "", err
	}
	command = exec.CommandContext(ctx, "node", filepath.Join(peersFolder, "serve.mjs"), p.name)
	command.Env = append(os.Environ(), "NODE_ENV=production")
	return command, string(text), nil
}

// addressOf returns the parts of a DSN.
func addressOf(dsn string) (*peerDatabase, error) {
	m, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	a := &peerDatabase{User: m.User, Password: m.Passwd, Database: m.DBName}
	if m.Net == "unix" {
		a.SocketPath = m.Addr
		return a, nil
	}
	if i := strings.LastIndex(m.Addr, ":"); i >= 0 {
		a.Host, a.Port = m.Addr[:i], m.Addr[i+1:]
	}
	return a, nil
}
