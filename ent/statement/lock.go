package statement

import (
	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
)

// ForUpdate is a condition for a query in a transaction. It locks the rows that
// the query finds until the transaction ends, so that concurrent transactions
// wait instead of being rerun. On SQLite it does nothing, because only one
// transaction writes at a time. On a cluster the lock only applies to one node,
// so a condition of the UPDATE must still guarantee what has to hold.
func ForUpdate(s *entsql.Selector) {
	if s.Dialect() == dialect.MySQL {
		s.ForUpdate()
	}
}
