package graph

import (
	"portico/ent/db"
	dbaccount "portico/ent/db/account"
	"portico/ent/db/message"
	"portico/graph/page"
)

// accountsList is the list of a person's accounts, oldest first.
var accountsList = page.List[db.Account]{Name: "accounts", Column: dbaccount.FieldCreatedAt,
	Key: func(a *db.Account) (any, string) { return a.CreatedAt, a.ID }}

// messagesList is what the sandbox kept, newest first.
var messagesList = page.List[db.Message]{Name: "sandboxMessages", Column: message.FieldCreatedAt, Descending: true,
	Key: func(m *db.Message) (any, string) { return m.CreatedAt, m.ID }}
