// Package ledger owns the entries.
package ledger

import (
	std "time"

	entsql "entgo.io/ent/dialect/sql"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/order"
)

// Book writes its own, and reads others'.
func Book(c *db.Client, o *db.Order) {
	c.LedgerEntry.CreateBulk()
	ent.Insert(&db.LedgerEntry{})
	c.Order.Query()
	o.QueryLines()
	order.NumberEQ("1")
	_ = entsql.OrderDesc()
	_ = entsql.EQ("a", 1)
}

// Overstep does what it may not.
func Overstep(c *db.Client, o *db.Order) {
	c.Order.Create()      // want Order is written by order alone (OrderClient.Create)
	_ = o.Update()        // want Order is written by order alone (Order.Update)
	del := c.Order.Delete // want Order is written by order alone (OrderClient.Delete)
	del()
	ent.Insert(o)                                // want Order is written by order alone (ent.Insert)
	_ = c.ExecContext(nil, "DELETE FROM orders") // want Client.ExecContext runs raw SQL outside ent/
	_ = db.NewClient()                           // want a second client outside ent/: it has no tenancy
	order.HasAccountWith()                       // want HasAccountWith looks over an edge into other accounts' rows
	_ = entsql.ExprP("1 = 1")                    // want sql.ExprP outside ent/
	_ = std.Now()                                // want time.Now outside the clocks: take a calendar.Clock
	std.Sleep(1)                                 // want time.Sleep: wait for what is awaited, or use testing/synctest
}
