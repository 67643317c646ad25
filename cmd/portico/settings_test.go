package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"portico/portal/access/identity"
)

// parsed parses "serve" with a file of settings.
func parsed(t *testing.T, text string) (*cli, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "portico.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var c cli
	k, err := kong.New(&c, kong.Vars{"version": "x"}, kong.Configuration(readSettings))
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.Parse([]string{"--config", file, "serve"})
	return &c, err
}

func TestTheFileOfSettings(t *testing.T) {
	c, err := parsed(t, `{"base-url": "https://portal.example", "body_limit": 2048, "sandbox": true, "request-timeout": "5s", "documents": ["a.json", "b.json"]}`)
	if err != nil {
		t.Fatal(err)
	}
	s := c.Serve.Config
	if s.BaseURL != "https://portal.example" || s.BodyLimit != 2048 || !s.Sandbox || s.RequestTimeout.String() != "5s" || len(s.Documents) != 2 {
		t.Errorf("read %+v", s)
	}
	for name, text := range map[string]string{
		"a misspelled name": `{"listn": "127.0.0.1:8080"}`,
		"no JSON":           `{listen`,
		"no object":         `["listen"]`,
	} {
		if _, err := parsed(t, text); err == nil || !strings.Contains(err.Error(), "--config") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := parsed(t, `{"body-limit": "much"}`); err == nil || !strings.Contains(err.Error(), "body-limit") {
		t.Errorf("a wrong value: %v", err)
	}
}

func TestARefusalIsPrintedInWords(t *testing.T) {
	err := explained(fmt.Errorf("adding: %w", identity.PhoneRegistered.At("phone").With("phone", "+8613900139000")))
	for _, part := range []string{"PHONE_REGISTERED: The number is already registered.", "(clause 1.1)", "\n  "} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q doesn't hold %q", err, part)
		}
	}
	if other := errors.New("another"); explained(other) != other || explained(nil) != nil {
		t.Error("what is no refusal is left as it is")
	}
}

func TestOnlyServeAndMigrateMakeKeys(t *testing.T) {
	t.Setenv("PORTICO_MIGRATE", "true") // as in a service's environment
	data := filepath.Join(t.TempDir(), "mistyped")
	var c cli
	k, err := kong.New(&c, kong.Vars{"version": "x"})
	if err != nil {
		t.Fatal(err)
	}
	run, err := k.Parse([]string{"key", "list", "--data", data})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Run(); err == nil || !strings.Contains(err.Error(), "--keys") {
		t.Errorf("5.7: %v", err)
	}
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("5.7: the folder was made: %v", err)
	}
}
