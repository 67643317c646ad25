package page

// Map returns the same page with an object made of each row. Cursors and count stay
// those of the rows.
func Map[T, U any](c *Connection[T], of func(*T) *U) *Connection[U] {
	to := &Connection[U]{Edges: make([]*Edge[U], len(c.Edges)), Nodes: make([]*U, len(c.Nodes)), PageInfo: c.PageInfo, count: c.counted}
	for i, row := range c.Nodes {
		to.Nodes[i] = of(row)
		to.Edges[i] = &Edge[U]{Node: to.Nodes[i], row: c.Edges[i].Cursor}
	}
	return to
}
