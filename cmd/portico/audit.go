package main

import (
	"context"

	"portico/portal"
	"portico/portal/access/audit"
	"portico/server"
)

type auditCommands struct {
	Verify auditVerify `cmd:"" help:"Check that no sealed audit event was changed, removed or put in between."`
}

type auditVerify struct {
	server.Config `embed:""`
}

// Run checks the audit.
func (c *auditVerify) Run() error {
	return on(c.Config, "audit verify", func(ctx context.Context, p *portal.Portal) error {
		return report(audit.Verify(ctx, p.Store))
	})
}
