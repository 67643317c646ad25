package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"portico/ent"
	"portico/server"
)

type migrateStatusCommand struct {
	server.Config `embed:""`
	JSON          bool `name:"json" help:"Print one JSON object."`
}

// Run shows the state of the migrations.
func (c *migrateStatusCommand) Run() error {
	if err := c.Check(); err != nil {
		return err
	}
	m, err := server.MigrationStatus(context.Background(), c.Config)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(m)
	}
	return printStatus(os.Stdout, m)
}

// printStatus prints a line for each migration, and what to do next.
func printStatus(w io.Writer, m ent.MigrationStatus) error {
	var text string
	for _, a := range m.Applied {
		text += fmt.Sprintf("applied    %s  %s", a.Name, a.At)
		switch {
		case a.Changed:
			text += "  with another text than this program has"
		case a.Unknown:
			text += "  of another release"
		}
		text += "\n"
	}
	for _, name := range m.Waiting {
		if m.HalfDone != nil && m.HalfDone.Name == name {
			continue
		}
		text += fmt.Sprintf("waiting    %s\n", name)
	}
	if h := m.HalfDone; h != nil {
		text += fmt.Sprintf("half done  %s  ", h.Name)
		switch {
		case h.Changed:
			text += fmt.Sprintf("at statement %d, begun with another text than this program has: run portico migrate of the release that began it\n", h.Statement)
		case h.Statement > h.Of:
			text += fmt.Sprintf("all %d statements have run; portico migrate ends it\n", h.Of)
		default:
			text += fmt.Sprintf("portico migrate goes on at statement %d of %d, which may have run: %s\n", h.Statement, h.Of, h.SQL)
		}
	}
	if m.Running {
		text += "a process migrates the database now\n"
	}
	_, err := io.WriteString(w, text)
	return err
}
