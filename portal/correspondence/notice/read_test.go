package notice_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	dbnotice "portico/ent/db/notice"
	"portico/ent/db/noticereceipt"
	"portico/ent/db/noticetarget"
	dbservice "portico/ent/db/service"
	"portico/ent/statement"
	"portico/portal/correspondence/notice"
	"portico/portaltest"
)

const (
	listQuery = `query($id: ID!, $unread: Boolean, $first: Int, $after: String, $last: Int, $before: String) { account(id: $id) { unreadNoticeCount
		notices(unreadOnly: $unread, first: $first, after: $after, last: $last, before: $before) { totalCount edges { cursor readAt node { id title } } nodes { id }
		pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`
	markMutation = `mutation($i: MarkNoticesReadInput!) { markNoticesRead(input: $i) { account { id unreadNoticeCount } notices { readAt cursor node { id } } userErrors { code field } } }`
)

func publish(w *portaltest.World, by *portaltest.Actor, title string, more input) string {
	w.T.Helper()
	in := with(general(), input{"title": title})
	in = with(in["i"].(input), more)
	return portaltest.String(w.Done(by, publishMutation, in), "notice", "id")
}

// titles returns the titles of a page, in order.
func titles(page any) string {
	list := []string{}
	for _, e := range portaltest.At(page, "edges").([]any) {
		list = append(list, portaltest.String(e, "node", "title"))
	}
	return fmt.Sprint(list)
}

func list(w *portaltest.World, a *portaltest.Actor, args map[string]any) (page, account any) {
	w.T.Helper()
	v := map[string]any{"id": a.AccountID}
	for k, x := range args {
		v[k] = x
	}
	d := w.Must(a, listQuery, v)
	return portaltest.At(d, "account", "notices"), portaltest.At(d, "account")
}

func TestAnAccountSeesWhatIsForItAndNothingElse(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		operator := w.Operator("support")
		publish(w, operator, "before", nil)
		w.AdvanceTo(portaltest.Start.Add(time.Hour))
		a, b := w.Funded("Reader", "5000.00"), w.Owner("Other")
		publish(w, operator, "all", nil)
		publish(w, operator, "a", input{"audience": input{"accountIds": []any{a.AccountID}}})
		publish(w, operator, "b", input{"audience": input{"accountIds": []any{b.AccountID}}})
		publish(w, operator, "im too early", input{"audience": input{"productCodes": []any{"im"}}})
		w.AdvanceTo(portaltest.Start.Add(2 * time.Hour))
		order(w, a, "im-flagship")
		publish(w, operator, "im", input{"audience": input{"productCodes": []any{"rtc", "im"}}})
		publish(w, operator, "rtc", input{"audience": input{"productCodes": []any{"rtc"}}})
		publish(w, operator, "mail alone", input{"channels": []any{"EMAIL"}})
		publish(w, operator, "page alone", input{"channels": []any{"PUBLIC"}})
		w.AdvanceTo(portaltest.Start.AddDate(0, 1, 1)) // the service has expired
		publish(w, operator, "im too late", input{"audience": input{"productCodes": []any{"im"}}})
		page, account := list(w, a, nil)
		if got := titles(page); got != "[im a all The account is approved before]" {
			t.Errorf("a: %s", got)
		}
		if n := portaltest.At(account, "unreadNoticeCount"); n != 4.0 {
			t.Errorf("what was there before the account counts as unread: %v", n)
		}
		if page, _ = list(w, a, map[string]any{"unread": true}); titles(page) != "[im a all The account is approved]" || portaltest.At(page, "totalCount") != 4.0 {
			t.Errorf("unread: %v", page)
		}
		if page, _ = list(w, b, nil); titles(page) != "[b all before]" || portaltest.At(page, "totalCount") != 3.0 {
			t.Errorf("b: %v", page)
		}
	})
}

func order(w *portaltest.World, a *portaltest.Actor, plan string) {
	w.T.Helper()
	w.Done(a, `mutation($i: PlaceOrderInput!) { placeOrder(input: $i) { order { id } userErrors { code } } }`, map[string]any{"i": input{
		"accountId": a.AccountID, "planId": w.PlanID(plan), "applicationId": w.Application(a, "MAINLAND"), "term": input{"unit": "MONTH", "count": 1},
		"expectedTotal": input{"amount": "1500.00", "currency": "CNY"}}})
}

func TestTheListGoesForthAndBackByCursors(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		operator, a, b := w.Operator("support"), w.Owner("Pager"), w.Owner("Stranger")
		for i := range 7 {
			more := input{"audience": input{"accountIds": []any{a.AccountID, b.AccountID}}}
			if i%2 == 0 {
				more = nil
			}
			publish(w, operator, fmt.Sprint(i), more)
		}
		forth, back := "", ""
		var after, before any
		for range 4 {
			page, _ := list(w, a, map[string]any{"first": 2, "after": after})
			forth += titles(page)
			after = portaltest.At(page, "pageInfo", "endCursor")
			if more := portaltest.At(page, "pageInfo", "hasNextPage"); more != (len(forth) < len("[6 5][4 3][2 1][0]")) {
				t.Errorf("after %s: hasNextPage %v", forth, more)
			}
			page, _ = list(w, a, map[string]any{"last": 2, "before": before})
			back = titles(page) + back
			before = portaltest.At(page, "pageInfo", "startCursor")
		}
		if forth != "[6 5][4 3][2 1][0]" || back != "[6][5 4][3 2][1 0]" {
			t.Errorf("%s and %s", forth, back)
		}
		for _, cursor := range []any{after, "", "AAAA", "bm90aGluZyBvZiB0aGUga2luZA"} {
			if r := w.Send(b, listQuery, map[string]any{"id": b.AccountID, "after": cursor}); len(r.Errors) != 1 || r.Errors[0].Code() != "BAD_REQUEST" {
				t.Errorf("a foreign cursor %v: %s", cursor, r.Raw)
			}
		}
	})
}

func TestReadingIsPerPersonAndAccount(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		operator, a, b := w.Operator("support"), w.Owner("Marker"), w.Owner("Foreigner")
		all := publish(w, operator, "all", nil)
		of := publish(w, operator, "b's", input{"audience": input{"accountIds": []any{b.AccountID}}})
		for range 2 {
			p := w.Done(a, markMutation, map[string]any{"i": input{"accountId": a.AccountID, "noticeIds": []any{all}}})
			if portaltest.At(p, "account", "unreadNoticeCount") != 0.0 || portaltest.String(p, "notices", 0, "readAt") != stamp(portaltest.Start) ||
				portaltest.String(p, "notices", 0, "cursor") == "" {
				t.Errorf("%v", p)
			}
			w.AdvanceTo(w.Portal.Store.Now().Add(time.Hour)) // the second time changes nothing
		}
		if _, account := list(w, b, nil); portaltest.At(account, "unreadNoticeCount") != 2.0 {
			t.Errorf("b: %v", account)
		}
		hundredAndOne := make([]any, 101)
		for i := range hundredAndOne {
			hundredAndOne[i] = fmt.Sprint("ntce_", i)
		}
		for _, c := range []struct {
			account string
			ids     []any
			code    string
			field   string
		}{
			{a.AccountID, []any{all, of}, "NOT_FOUND", "noticeIds.1"},
			{a.AccountID, []any{"ntce_01J0000000000000000000000X"}, "NOT_FOUND", "noticeIds.0"},
			{a.AccountID, []any{a.AccountID}, "NOT_FOUND", "noticeIds.0"},
			{a.AccountID, []any{}, "INVALID_INPUT", "noticeIds"},
			{a.AccountID, hundredAndOne, "INVALID_INPUT", "noticeIds"},
			{a.AccountID, []any{all, all}, "INVALID_INPUT", "noticeIds.1"},
			{b.AccountID, []any{all}, "NOT_FOUND", "accountId"},
		} {
			got := w.Refused(a, markMutation, map[string]any{"i": input{"accountId": c.account, "noticeIds": c.ids}})
			if got.Code != c.code || len(got.Field) < 2 || fmt.Sprint(got.Field[1:]) != fmt.Sprint([]string{c.field}) && got.Field[1]+"."+got.Field[len(got.Field)-1] != c.field {
				t.Errorf("%+v: %+v", c, got)
			}
		}
		if n, err := w.Portal.Store.Read().NoticeReceipt.Query().Count(w.System()); err != nil || n != 1 {
			t.Errorf("%d receipts, %v", n, err)
		}
		node := `query($id: ID!) { node(id: $id) { id } }`
		public := publish(w, operator, "public", input{"channels": []any{"PUBLIC"}})
		for _, c := range []struct {
			by       *portaltest.Actor
			id       string
			readable bool
		}{{a, all, true}, {a, of, false}, {b, of, true}, {nil, all, false}, {nil, public, true}, {a, public, true}, {operator, of, true}, {w.Operator("operator-finance"), of, false}} {
			if got := w.Must(c.by, node, map[string]any{"id": c.id})["node"] != nil; got != c.readable {
				t.Errorf("node %+v: %v", c, got)
			}
		}
	})
}

func TestPublicNoticesAreForEveryoneInTheirLanguage(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		operator := w.Operator("support")
		publish(w, operator, "维护", input{"channels": []any{"PUBLIC"}, "titleEn": "Maintenance", "bodyEn": "Text"})
		publish(w, operator, "站内", nil)
		d := w.Must(nil, `{ publicNotices(first: 20) { totalCount edges { cursor node { title body } } pageInfo { hasNextPage } } }`, nil)
		if portaltest.At(d, "publicNotices", "totalCount") != 1.0 || portaltest.String(d, "publicNotices", "edges", 0, "node", "title") != "Maintenance" {
			t.Errorf("%v", d)
		}
	})
}

// slow finds the notices of an account in the simplest way.
func slow(t *testing.T, w *portaltest.World, q statement.NoticeQuery, r statement.NoticeReader) (found []statement.AccountNotice) {
	t.Helper()
	ctx, c := w.System(), w.Portal.Store.Read()
	rows, err := c.Notice.Query().Order(db.Desc(dbnotice.FieldSequence)).All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	services, err := c.Service.Query().Where(dbservice.AccountID(r.AccountID)).All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range rows {
		targets, err := c.NoticeTarget.Query().Where(noticetarget.NoticeID(n.ID)).All(ctx)
		if err != nil {
			t.Fatal(err)
		}
		mine := n.Audience == dbnotice.AudienceALL || slices.ContainsFunc(targets, func(g *db.NoticeTarget) bool {
			return g.TargetID == r.AccountID || slices.ContainsFunc(services, func(s *db.Service) bool {
				end := s.ExpiresAt
				if s.Status != dbservice.StatusRUNNING && s.Status != dbservice.StatusEXPIRED {
					end = s.ClosedAt
				}
				return s.ProductID == g.TargetID && !s.OpenedAt.After(n.PublishedAt) && (end == nil || end.After(n.PublishedAt))
			})
		})
		receipt, err := c.NoticeReceipt.Query().Where(noticereceipt.AccountID(r.AccountID), noticereceipt.PersonID(q.PersonID), noticereceipt.NoticeID(n.ID)).All(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !mine || !n.InSite || n.PublishedAt.Before(r.Since) || q.UnreadOnly && len(receipt) > 0 ||
			q.Above > 0 && n.Sequence <= q.Above || q.Below > 0 && n.Sequence >= q.Below {
			continue
		}
		f := statement.AccountNotice{AccountID: r.AccountID, NoticeID: n.ID, Sequence: n.Sequence}
		if len(receipt) > 0 {
			f.ReadAt = &receipt[0].ReadAt
		}
		found = append(found, f)
	}
	if q.Oldest {
		slices.Reverse(found)
	}
	if q.Limit > 0 && len(found) > q.Limit {
		found = found[:q.Limit]
	}
	return found
}

func TestTheStatementByHandFindsWhatThePlainOneFinds(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		operator := w.Operator("support")
		a, b := w.Funded("Hand", "9000.00"), w.Owner("Plain")
		audiences := []input{{"all": true}, {"accountIds": []any{a.AccountID}}, {"accountIds": []any{b.AccountID, a.AccountID}}, {"productCodes": []any{"im", "rtc"}}, {"productCodes": []any{"push"}}}
		for i := range 24 {
			if i == 7 || i == 15 {
				order(w, a, "im-flagship")
			}
			w.AdvanceTo(w.Portal.Store.Now().Add(70 * time.Hour))
			id := publish(w, operator, fmt.Sprint(i), input{"audience": audiences[i%len(audiences)], "channels": []any{[]string{"IN_SITE", "EMAIL"}[i%7/6]}})
			if i%3 == 0 {
				w.Send(a, markMutation, map[string]any{"i": input{"accountId": a.AccountID, "noticeIds": []any{id}}})
			}
		}
		account := func(x *portaltest.Actor) *db.Account {
			row, err := w.Portal.Store.Read().Account.Get(w.System(), x.AccountID)
			if err != nil {
				t.Fatal(err)
			}
			return row
		}
		for i := range 64 {
			q := statement.NoticeQuery{PersonID: a.PersonID, UnreadOnly: i&1 > 0, Oldest: i&2 > 0, Readers: []statement.NoticeReader{{AccountID: a.AccountID}, {AccountID: b.AccountID}}}
			if i&4 > 0 {
				q.Above = 5
			}
			if i&8 > 0 {
				q.Below = 17
			}
			if i&16 > 0 {
				q.Limit = 3
			}
			if i&32 > 0 {
				q.Readers[0].Since = account(a).CreatedAt.Add(1000 * time.Hour)
			}
			got, err := statement.NoticesFor(w.System(), w.Portal.Store.Read(), q)
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Concat(slow(t, w, q, q.Readers[0]), slow(t, w, q, q.Readers[1]))
			if listed(got) != listed(want) {
				t.Fatalf("%+v:\n%s\nwant\n%s", q, listed(got), listed(want))
			}
			q.Limit = 0
			counts, err := statement.CountNotices(w.System(), w.Portal.Store.Read(), q)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range q.Readers {
				if counts[r.AccountID] != len(slow(t, w, q, r)) {
					t.Fatalf("%+v counts %v", q, counts)
				}
			}
		}
	})
}

func TestAStrangerReadsAndCountsNothing(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Known")
		stranger := authz.With(context.Background(), &authz.Principal{Kind: authz.Person, ID: "x"})
		if _, err := statement.NoticesFor(stranger, w.Portal.Store.Read(), statement.NoticeQuery{Readers: []statement.NoticeReader{{AccountID: a.AccountID}}}); !errors.Is(err, clause.NotFound) {
			t.Errorf("a stranger reads: %v", err)
		}
		if _, err := notice.Counts(stranger, w.Portal.Store, []*db.Account{{ID: a.AccountID}}, true, notice.MostUnread); !errors.Is(err, clause.NotFound) {
			t.Errorf("a stranger counts: %v", err)
		}
	})
}

// listed returns a list as a text that can be compared.
func listed(list []statement.AccountNotice) (s string) {
	for _, n := range list {
		s += fmt.Sprint(n.AccountID, n.Sequence, n.NoticeID)
		if n.ReadAt != nil {
			s += stamp(*n.ReadAt)
		}
		s += "\n"
	}
	return s
}
