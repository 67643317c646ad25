package model

import (
	"context"

	"portico/ent/db"
	"portico/graph/page"
	"portico/portal/correspondence/notice"
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
	// Count counts the list, up to one more than page.MostCounted.
	Count func(context.Context) (int, error)
}

// TotalCount counts the list when asked, up to page.MostCounted.
func (c *AccountNoticeConnection) TotalCount(ctx context.Context) (int, error) {
	n, err := c.Count(ctx)
	return min(n, page.MostCounted), err
}

// TotalCountIsExact reports whether the list has no more than TotalCount.
func (c *AccountNoticeConnection) TotalCountIsExact(ctx context.Context) (bool, error) {
	n, err := c.Count(ctx)
	return n <= page.MostCounted, err
}
