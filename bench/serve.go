package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"portico/bench/floor"
	"portico/ent"
	"portico/portal"
	"portico/server"
)

// budget is more than any load spends. The cost of charging it is measured, but
// no request is refused.
const budget = 1 << 50

// serve runs one side in its own process, so that its CPU time can be measured
// separately. It prints its address. Then it reads commands, one a line: `cpu`
// returns the CPU time so far in ns; `profile FILE` and `stop` return `ok`. It
// ends when its input ends.
func serve(ctx context.Context, side, database, keyFile string, connections int) error {
	debug.SetGCPercent(server.GCPercent)
	h, closing, err := handler(ctx, side, database, keyFile, connections)
	if err != nil {
		return err
	}
	defer closing()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	defer s.Close()
	fmt.Println(l.Addr())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer, err := obey(lines.Text())
		if err != nil {
			return err
		}
		fmt.Println(answer)
		select {
		case err := <-failed:
			return err
		default:
		}
	}
	return lines.Err()
}

func obey(line string) (string, error) {
	word, file, _ := strings.Cut(line, " ")
	switch word {
	case "cpu":
		return fmt.Sprint(cpu().Nanoseconds()), nil
	case "profile":
		f, err := os.Create(file)
		if err != nil {
			return "", err
		}
		return "ok", pprof.StartCPUProfile(f)
	case "stop":
		pprof.StopCPUProfile()
		return "ok", nil
	}
	return "", fmt.Errorf("unknown command: %q", line)
}

// cpu returns the CPU time of this process, in user and system mode.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // only a wrong argument can cause this
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func handler(ctx context.Context, side, database, keyFile string, connections int) (http.Handler, func(), error) {
	if side == "floor" {
		f, err := floor.Open(ctx, database, connections, time.Now)
		if err != nil {
			return nil, nil, err
		}
		return f.Handler(), func() { _ = f.Close() }, nil
	}
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, nil, err
	}
	keys, err := ent.ParseKeys(text)
	if err != nil {
		return nil, nil, err
	}
	p, err := portal.Open(ctx, portal.Config{Database: database, Keys: keys, PublicURL: "http://portico.test"})
	if err != nil {
		return nil, nil, err
	}
	if err := p.Start(ctx); err != nil {
		return nil, nil, err
	}
	h, err := server.Handler(p, server.Config{Trust: "off", BodyLimit: 1 << 20, RequestTimeout: 30 * time.Second, Introspection: true,
		Budget: budget, BaseURL: "http://portico.test"})
	return h, func() { _ = p.Close() }, err
}
