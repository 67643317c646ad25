package outbox

import (
	"strings"

	"portico/ent"
)

// PagesPath is the path of the server's own pages for links.
const PagesPath = "/links"

// The pages that links in messages open.
const (
	EmailPage      = "verify-email"
	InvitationPage = "invitation"
	UndoEmailPage  = "undo-email"
)

// pages is the URL of the pages that links in messages open.
var pages = ent.Keep(func(*ent.Store) string { return "" })

// LinkTo sets the URL of the pages that links in messages open. The default is
// empty.
func LinkTo(base string) ent.Setting { return pages.Set(strings.TrimRight(base, "/")) }

// Link returns the link to a page with a token.
func Link(s *ent.Store, page, token string) string {
	return pages.Of(s) + "/" + page + "?token=" + token
}
