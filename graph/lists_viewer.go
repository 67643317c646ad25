package graph

import (
	dbaccount "portico/ent/db/account"

	"portico/ent/db"
	"portico/graph/page"
)

// accountsList is the list of a person's accounts, oldest first.
var accountsList = page.List[db.Account]{Name: "accounts", Column: dbaccount.FieldCreatedAt,
	Key: func(a *db.Account) (any, string) { return a.CreatedAt, a.ID }}
