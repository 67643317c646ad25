// Package engine gives each test its own database of a schema, within milliseconds, on
// MariaDB and SQLite. It starts a private MariaDB on a free loopback port, with its
// files in memory if there is room. It knows nothing of the portal: a function of the
// caller applies the schema. It is for tests, benchmarks and cmd/testdb only.
package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/go-sql-driver/mysql"
)

// Env is the environment variable with the DSN of a running MariaDB whose user may
// create databases. `make test` sets it, so that all test processes share one server.
const Env = "PORTICO_TEST_MYSQL_DSN"

// ErrMissing is the error of a machine without MariaDB. Its message is one line and
// names the package to install.
var ErrMissing = errors.New("MariaDB is missing: install the package mariadb-server (apt-get install mariadb-server), which has mariadbd and mariadb-install-db; they are looked for in PATH and /usr/sbin")

// Server is a private MariaDB. It ends with the process that started it, also if that
// process is killed.
type Server struct {
	config *mysql.Config
	watch  *exec.Cmd
	leash  io.WriteCloser
	ended  chan struct{}
	tail   []string
}

// attempts is the number of ports that Start tries. Another process can take a free
// port before the server binds it.
const attempts = 3

// memory is the folder of a file system in memory, if the machine has one.
var memory = "/dev/shm"

// neededMemory is the number of free bytes that the server's files need in memory.
const neededMemory = 2 << 30

// Start starts a server with settings for fast tests. Its data don't survive a crash of
// the machine. Its root user has no password and can connect on 127.0.0.1 only. The
// error is [ErrMissing] if MariaDB isn't installed.
func Start(ctx context.Context) (*Server, error) {
	daemon, err := find("mariadbd")
	if err != nil {
		return nil, err
	}
	install, err := find("mariadb-install-db")
	if err != nil {
		return nil, err
	}
	for range attempts {
		var s *Server
		if s, err = start(ctx, daemon, install); err == nil {
			return s, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

// beside are folders into which packages install the programs but which may be missing
// in PATH.
var beside = []string{"/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"}

func find(program string) (string, error) {
	if path, err := exec.LookPath(program); err == nil {
		return path, nil
	}
	for _, dir := range beside {
		if path, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return path, nil
		}
	}
	return "", ErrMissing
}

// folder creates the server's folder, in memory if there is room.
func folder() (string, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err == nil && fs.Bavail*uint64(fs.Bsize) >= neededMemory {
		if dir, err := os.MkdirTemp(memory, "portico-mariadb-"); err == nil {
			return dir, nil
		}
	}
	return os.MkdirTemp("", "portico-mariadb-")
}

// settings are the options of both the installation and the server: small files, and
// no waiting for the disk.
var settings = []string{
	"--innodb-log-file-size=32M", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=256M",
	"--innodb-flush-method=nosync", "--innodb-doublewrite=0", "--innodb-use-native-aio=0", "--aria-log-file-size=8M",
	"--character-set-server=utf8mb4", "--skip-name-resolve",
}

// leashed runs the server until standard input closes, which happens when the process
// at its other end dies. Then it kills the server and removes the folder.
const leashed = `dir=$1; shift; exec 3<&0
"$@" 3<&- </dev/null & server=$!
{ read -r _ <&3; kill -9 $server; } 2>/dev/null & watch=$!
wait $server 2>/dev/null; kill $watch 2>/dev/null; exec 3<&-; rm -rf -- "$dir"`

func start(ctx context.Context, daemon, install string) (*Server, error) {
	dir, err := folder()
	if err != nil {
		return nil, err
	}
	common := append([]string{"--no-defaults", "--datadir=" + filepath.Join(dir, "data")}, settings...)
	if os.Getuid() == 0 {
		common = append(common, "--user=root")
	}
	prepare := exec.CommandContext(ctx, install, append(common, "--skip-test-db", "--auth-root-authentication-method=normal")...)
	if out, err := prepare.CombinedOutput(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, fmt.Errorf("mariadb-install-db: %w: %s", err, last(string(out)))
	}
	port, err := freePort()
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	args := append([]string{"-c", leashed, "portico-mariadb", dir, daemon}, common...)
	args = append(args, "--bind-address=127.0.0.1", fmt.Sprintf("--port=%d", port),
		"--socket="+filepath.Join(dir, "socket"), "--pid-file="+filepath.Join(dir, "pid"), "--tmpdir="+dir,
		"--sync-binlog=0", "--max-connections=2000", "--default-time-zone=+00:00", "--max-allowed-packet=64M",
		"--table-open-cache=8000", "--performance-schema=0")
	s := &Server{config: mysql.NewConfig(), watch: exec.Command("/bin/sh", args...), ended: make(chan struct{})}
	s.config.Net, s.config.Addr, s.config.User = "tcp", fmt.Sprintf("127.0.0.1:%d", port), "root"
	if err := s.run(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// run starts the leashed server, and returns once it accepts connections.
func (s *Server) run(ctx context.Context) error {
	// In its own process group: otherwise Ctrl-C would end the watch before the server.
	s.watch.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := s.watch.StderrPipe()
	if err != nil {
		return err
	}
	if s.leash, err = s.watch.StdinPipe(); err != nil {
		return err
	}
	if err := s.watch.Start(); err != nil {
		return err
	}
	ready := make(chan struct{})
	go func() {
		defer close(s.ended)
		started := false
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if !started && strings.Contains(lines.Text(), "ready for connections") {
				started = true
				close(ready)
			}
			if s.tail = append(s.tail, lines.Text()); len(s.tail) > 20 {
				s.tail = s.tail[1:]
			}
		}
		_ = s.watch.Wait()
	}()
	select {
	case <-ready:
		return nil
	case <-s.ended:
		return fmt.Errorf("mariadbd ended during its start: %s", strings.Join(s.tail, "\n"))
	case <-ctx.Done():
		s.Stop()
		return ctx.Err()
	}
}

// DSN returns the DSN of a database of the server for go-sql-driver/mysql, or of none
// if the name is empty.
func (s *Server) DSN(database string) string { return dsn(s.config, database) }

// Ended returns a channel that is closed when the server has ended.
func (s *Server) Ended() <-chan struct{} { return s.ended }

// Stop ends the server at once and removes its files. It may be called several times.
func (s *Server) Stop() {
	_ = s.leash.Close()
	<-s.ended
}

// dsn returns the DSN of a database with the options that every connection of the
// portal needs; ent/open.go gives the reasons.
func dsn(base *mysql.Config, database string) string {
	c := base.Clone()
	c.DBName, c.ParseTime, c.ClientFoundRows = database, true, true
	return c.FormatDSN()
}

func last(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}
