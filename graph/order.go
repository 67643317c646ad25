package graph

import (
	"portico/ent/db"
	"portico/ent/db/order"
	"portico/graph/page"
)

// accountOrders is the list of the orders of an account, newest first.
var accountOrders = page.AccountList[*db.OrderQuery, db.Order]{
	List:    page.List[db.Order]{Name: "orders", Column: order.FieldPlacedAt, Descending: true, Key: func(o *db.Order) (any, string) { return o.PlacedAt, o.ID }},
	Table:   order.Table,
	Account: func(o *db.Order) string { return o.AccountID },
	Query:   func(c *db.Client) *db.OrderQuery { return c.Order.Query() },
}
