package statement

import (
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// ForUpdate, as a condition of a query in a transaction, locks the rows that it
// finds until the transaction ends, so that racers queue instead of rerunning. On
// SQLite it does nothing: there one transaction writes at a time. On a cluster the
// lock is the node's own, so what must hold is held by a condition of the UPDATE.
func ForUpdate(s *entsql.Selector) {
	if s.Dialect() == dialect.MySQL {
		s.ForUpdate()
	}
}
