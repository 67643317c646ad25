package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// heading is the header of README.md's table of settings.
const heading = "| setting | environment | unit | default | meaning |"

// units are the units of settings, by name. A setting whose value isn't text needs
// an entry here.
var units = map[string]string{
	"migrate": "yes or no", "quiet": "yes or no", "sandbox": "yes or no", "demonstration": "yes or no", "graphiql": "yes or no", "introspection": "yes or no",
	"invoice-font": "files, comma-separated", "invoice-seller": "name", "invoice-seller-number": "number",
	"trusted-proxies": "CIDR, comma-separated", "origins": "origins, comma-separated", "documents": "files, comma-separated", "budget": "points a minute",
	"live-init": "duration (`30s`)", "live-ping": "duration (`30s`)", "live-poll": "duration (`30s`)", "live-check": "duration (`30s`)",
	"connections": "number", "connections-idle": "number", "statements": "number", "connection-lifetime": "duration (`30s`)", "connection-idle-time": "duration (`30s`)",
	"database-dial": "duration (`30s`)", "database-read": "duration (`30s`)", "database-write": "duration (`30s`)",
	"visitor-commands": "number", "open-requests": "number", "open-total": "number",
	"live-account": "number", "live-operations": "number", "live-streams": "number", "live-total": "number",
	"captchas": "list, comma-separated", "captcha-difficulty": "number",
	"body-limit": "bytes", "request-timeout": "duration (`30s`)", "stop-timeout": "duration (`20s`)", "drain": "duration (`30s`)", "clock-skew": "duration (`5s`)", "memory-limit": "MiB",
	"data": "folder", "keys": "file", "channels": "file", "database": "DSN", "blobs": "URL", "listen": "host:port", "private": "host:port",
	"base-url": "URL", "smtp": "URL", "sms-webhook": "URL", "sms-secret": "secret", "mail-from": "address", "trust": "word", "log-level": "word",
}

// row returns the row that README.md must have for a setting.
func row(f *kong.Flag) string {
	standard := "–"
	if f.Default != "" {
		standard = "`" + f.Default + "`"
	}
	unit := units[f.Name]
	if unit == "" {
		unit = "text"
	}
	return fmt.Sprintf("| `--%s` | `%s` | %s | %s | %s |", f.Name, strings.Join(f.Envs, "`, `"), unit, standard,
		strings.ReplaceAll(f.Help, "|", `\|`))
}

func TestTheReadmeHasEverySetting(t *testing.T) {
	k, err := kong.New(&cli{}, kong.Vars{"version": "x"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), heading+"\n")
	if !found {
		t.Fatalf("README.md has no table headed %q", heading)
	}
	table, _, _ = strings.Cut(table, "\n\n")
	have := map[string]bool{}
	for _, line := range strings.Split(table, "\n")[1:] { // without the rule below the heading
		have[line] = true
	}
	for _, command := range k.Model.Children {
		if command.Name != "serve" {
			continue
		}
		for _, f := range command.Flags {
			if want := row(f); !have[want] {
				t.Errorf("README.md doesn't say, as serve --help does:\n%s", want)
			} else {
				delete(have, want)
			}
		}
	}
	for line := range have {
		t.Errorf("README.md has a row of no setting, or an old one:\n%s", line)
	}
}

func TestTheOperationsPageHasEveryCommand(t *testing.T) {
	k, err := kong.New(&cli{}, kong.Vars{"version": "x"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range k.Model.Leaves(true) {
		if name := strings.TrimPrefix(command.FullPath(), k.Model.Name+" "); !strings.Contains(string(text), "\n| `"+name) {
			t.Errorf("docs/operations.md has no row of the command %s", name)
		}
	}
}
