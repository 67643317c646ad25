package page

// Of is the same page, of what stands for its rows: list says how those are
// ordered, of makes one. Cursors of the one serve the other where the lists'
// names and orders are the same.
func Of[T, U any](c *Connection[T], list List[U], of func(*T) *U) *Connection[U] {
	to := &Connection[U]{Edges: make([]*Edge[U], len(c.Edges)), Nodes: make([]*U, len(c.Nodes)), PageInfo: c.PageInfo, count: c.counted}
	for i, row := range c.Nodes {
		to.Nodes[i] = of(row)
		to.Edges[i] = &Edge[U]{Node: to.Nodes[i], list: &list, seal: c.Edges[i].seal}
	}
	return to
}
