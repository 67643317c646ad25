package notice

import (
	"context"
	"slices"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/notice"
	"portico/ent/statement"
)

// Page selects a part of the lists of accounts.
type Page struct {
	UnreadOnly bool
	// Limit is the maximum number for each account.
	Limit int
	// Backward reads from the end of the list.
	Backward bool
	// After and Before are cursors; they require that one account is read. Nil is
	// none.
	After, Before *string
}

// Lists returns a page of the notices of accounts, newest first, as the
// context's person has read them, by account. It takes two statements for all
// of them. The caller must reach the accounts. A cursor of another list is
// BAD_REQUEST.
func Lists(ctx context.Context, s *ent.Store, accounts []*db.Account, p Page) (map[string][]*AccountNoticeEdge, error) {
	q := statement.NoticeQuery{Readers: readers(accounts, p.UnreadOnly), PersonID: authz.From(ctx).ID, UnreadOnly: p.UnreadOnly,
		Oldest: p.Backward, Limit: p.Limit}
	for _, bound := range []struct {
		cursor *string
		into   *int64
	}{{p.After, &q.Below}, {p.Before, &q.Above}} {
		if bound.cursor == nil {
			continue
		}
		at, err := position(s, accounts[0].ID, *bound.cursor)
		if err != nil {
			return nil, err
		}
		*bound.into = at
	}
	lists, err := edges(ctx, s, s.Read(), q)
	if p.Backward {
		for _, list := range lists {
			slices.Reverse(list)
		}
	}
	return lists, err
}

// MostUnread is the number at which counting unread notices stops: it means
// that many or more.
const MostUnread = 1000

// Counts counts the notices of accounts, or those that the context's person has
// not read, in one statement, each up to a maximum. The caller must reach the
// accounts.
func Counts(ctx context.Context, s *ent.Store, accounts []*db.Account, unreadOnly bool, most int) (map[string]int, error) {
	return statement.CountNotices(ctx, s.Read(), statement.NoticeQuery{Readers: readers(accounts, unreadOnly), PersonID: authz.From(ctx).ID,
		UnreadOnly: unreadOnly, Limit: most})
}

// readers returns accounts as readers; notices from before an account existed
// don't count as unread.
func readers(accounts []*db.Account, unreadOnly bool) []statement.NoticeReader {
	list := make([]statement.NoticeReader, len(accounts))
	for i, a := range accounts {
		list[i].AccountID = a.ID
		if unreadOnly {
			list[i].Since = a.CreatedAt
		}
	}
	return list
}

// edges reads notices with their rows, by account; accounts share the row of a
// notice.
func edges(ctx context.Context, s *ent.Store, c *db.Client, q statement.NoticeQuery) (map[string][]*AccountNoticeEdge, error) {
	found, err := statement.NoticesFor(ctx, c, q)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var ids []string
	seen := map[string]bool{}
	for _, f := range found {
		if !seen[f.NoticeID] {
			seen[f.NoticeID] = true
			ids = append(ids, f.NoticeID)
		}
	}
	rows := make(map[string]*db.Notice, len(ids))
	for part := range slices.Chunk(ids, mostAccounts) {
		list, err := c.Notice.Query().Where(notice.IDIn(part...)).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, row := range list {
			rows[row.ID] = row
		}
	}
	lists := map[string][]*AccountNoticeEdge{}
	for _, f := range found {
		lists[f.AccountID] = append(lists[f.AccountID], &AccountNoticeEdge{Node: rows[f.NoticeID],
			Cursor: Cursor(s, f.AccountID, f.Sequence), ReadAt: f.ReadAt})
	}
	return lists, nil
}

// Visible reports whether the context's principal may see a notice: everyone
// may see a public one, the provider's staff with notice:read any, and others
// those for an account on which they hold notice:read.
func Visible(ctx context.Context, s *ent.Store, row *db.Notice) bool {
	p := authz.From(ctx)
	if row.Public || p.Kind == authz.System || p.Operator.Has(authz.NoticeRead) {
		return true
	}
	q := statement.NoticeQuery{IDs: []string{row.ID}, Limit: 1}
	for _, id := range p.Accounts() {
		if p.Allows(authz.NoticeRead, authz.On(id), s.Now()) {
			q.Readers = append(q.Readers, statement.NoticeReader{AccountID: id})
		}
	}
	found, err := statement.NoticesFor(ctx, s.Read(), q)
	return err == nil && len(found) > 0
}
