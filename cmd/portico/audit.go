package main

import (
	"context"
	"errors"
	"os"

	"portico/portal"
	"portico/portal/access/audit"
	"portico/server"
)

type auditCommands struct {
	Verify auditVerify `cmd:"" help:"Check that no sealed audit event was changed, removed or put in between, in the database or in a file that was exported."`
}

type auditVerify struct {
	server.Config `embed:""`
	Digest        []string `help:"A digest of a seal that was kept elsewhere; it must be among those of FILE." placeholder:"HEX"`
	File          string   `arg:"" optional:"" type:"existingfile" help:"An export of an account's audit in JSON Lines, which is checked without a database (default: the database)."`
}

// Run checks the audit.
func (c *auditVerify) Run() error {
	if c.File != "" {
		return c.checkFile()
	}
	if len(c.Digest) > 0 {
		return errors.New("--digest needs a file")
	}
	return on(c.Config, "audit verify", func(ctx context.Context, p *portal.Portal) error {
		return report(audit.Verify(ctx, p.Store))
	})
}

func (c *auditVerify) checkFile() error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	return report(audit.VerifyExport(f, c.Digest...))
}
