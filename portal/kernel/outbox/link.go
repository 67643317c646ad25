package outbox

import (
	"strings"

	"portico/ent"
)

// PagesPath is the path that the server's own pages for links are below.
const PagesPath = "/links"

// The pages that links in messages lead to.
const (
	EmailPage      = "verify-email"
	InvitationPage = "invitation"
)

// pages is the URL that the pages are below which links in messages lead to.
var pages = ent.Keep(func(*ent.Store) string { return "" })

// LinkTo sets where the links in messages lead: the URL that the pages are
// below. Nothing, unless it is set.
func LinkTo(base string) ent.Setting { return pages.Set(strings.TrimRight(base, "/")) }

// Link is the link to a page, with the token that it is for.
func Link(s *ent.Store, page, token string) string {
	return pages.Of(s) + "/" + page + "?token=" + token
}
