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

type linksKey struct{}

// LinkTo sets where the links in messages lead: the URL that the pages are
// below, without a slash at its end.
func LinkTo(s *ent.Store, base string) { s.Memo().Store(linksKey{}, strings.TrimRight(base, "/")) }

// Link is the link to a page, with the token that it is for.
func Link(s *ent.Store, page, token string) string {
	base, _ := s.Memo().Load(linksKey{})
	b, _ := base.(string)
	return b + "/" + page + "?token=" + token
}
