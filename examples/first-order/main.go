// Command first-order plays the way from nothing to a customer's first paid
// order over HTTP, against a running sandbox, with the very operations that
// frontends send. It prints what it sees and exits non-zero where a figure
// differs.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"
)

func main() {
	url := flag.String("url", "http://127.0.0.1:8080/graphql", "the API of a sandbox")
	file := flag.String("logins", "data/logins.json", "the sandbox's demonstration logins")
	flag.Parse()
	if err := run(*url, *file); err != nil {
		fmt.Fprintln(os.Stderr, "first-order:", err)
		os.Exit(1)
	}
}

func run(url, file string) error {
	l, err := readLogins(file)
	if err != nil {
		return err
	}
	p := &play{client: &client{url: url, http: &http.Client{Timeout: time.Minute}}, logins: l, out: os.Stdout,
		between: func(string) error { return nil }}
	return p.all(context.Background())
}

// logins are the demonstration logins that the sandbox keeps in its data
// folder.
type logins struct {
	People []struct {
		Name, Phone, Password string
		Roles                 []string
	}
	DataPlaneKey string
}

func readLogins(file string) (*logins, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the sandbox's logins: %w", err)
	}
	var l logins
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("the sandbox's logins: %w", err)
	}
	return &l, nil
}
