// Command testdb runs a command with a private MariaDB, which all tests of that
// command share:
//
//	go run ./cmd/testdb go test ./...
//
// It sets PORTICO_TEST_MYSQL_DSN for the command, exits with the command's exit
// code, and removes the server and its files. Without a command it prints the
// variable and keeps the server until it is interrupted. If the variable is
// already set, it uses that server and starts none.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"portico/portaltest/engine"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "testdb:", err)
	}
	os.Exit(code)
}

// run returns the exit code: the command's own, or 1 with an error.
func run(command []string) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if os.Getenv(engine.Env) == "" {
		server, err := engine.Start(ctx)
		if err != nil {
			return 1, err
		}
		defer server.Stop()
		if err := os.Setenv(engine.Env, server.DSN("")); err != nil {
			return 1, err
		}
		if len(command) == 0 {
			fmt.Printf("export %s='%s'\n", engine.Env, server.DSN(""))
			select {
			case <-ctx.Done():
				return 0, nil
			case <-server.Ended():
				return 1, errors.New("the server ended unexpectedly")
			}
		}
	}
	if len(command) == 0 {
		return 1, fmt.Errorf("%s is set already, and there is no command to run", engine.Env)
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	// An interrupt is passed on to the command, which may end in its own way.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode(), nil
	}
	return 1, err
}
