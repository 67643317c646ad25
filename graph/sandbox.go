package graph

import (
	"portico/ent/db"
	"portico/ent/db/message"
	"portico/graph/page"
)

// messagesList is the list of the messages that the sandbox recorded, newest first.
var messagesList = page.List[db.Message]{Name: "sandboxMessages", Column: message.FieldCreatedAt, Descending: true,
	Key: func(m *db.Message) (any, string) { return m.CreatedAt, m.ID }}
