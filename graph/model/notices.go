package model

import (
	"context"

	"portico/ent/db"
	"portico/graph/page"
	"portico/portal/notice"
)

// AccountNoticeConnection is a page of the notices of an account, as one person
// sees them.
type AccountNoticeConnection struct {
	// Edges are the page, with a cursor each, and whether it was read.
	Edges []*notice.AccountNoticeEdge
	// Nodes are the page without cursors.
	Nodes []*db.Notice
	// PageInfo tells where the page lies.
	PageInfo *page.Info
	// Count counts the list.
	Count func(context.Context) (int, error)
}

// TotalCount counts the list when asked.
func (c *AccountNoticeConnection) TotalCount(ctx context.Context) (int, error) { return c.Count(ctx) }
