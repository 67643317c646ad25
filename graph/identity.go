package graph

import (
	"portico/ent/db"
	dbaccount "portico/ent/db/account"
	"portico/ent/db/session"
	"portico/graph/page"
)

// accountsList is the list of a person's accounts, oldest first.
var accountsList = page.List[db.Account]{Name: "accounts", Column: dbaccount.FieldCreatedAt,
	Key: func(a *db.Account) (any, string) { return a.CreatedAt, a.ID }}

// sessionsList is the list of a person's sessions, newest first.
var sessionsList = page.List[db.Session]{Name: "sessions", Column: session.FieldCreatedAt, Descending: true,
	Key: func(s *db.Session) (any, string) { return s.CreatedAt, s.ID }}
