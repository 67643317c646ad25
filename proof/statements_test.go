package proof_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portico/ent"
	"portico/portal/access/identity"
	"portico/portal/kernel/sealing"
	"portico/portaltest"
	"portico/portaltest/engine"
	"portico/server"
)

// longest is the greatest length of a list in an input, and of a page.
const longest = 100

// lengthy are documents whose statements depend on a number that the caller
// chooses: of IDs, of rows in a page, of accounts.
func (s *stage) lengthy(t *testing.T) map[string]func(n int) (by *portaltest.Actor, query string, variables map[string]any) {
	many := s.fill(t)
	of := func(by *portaltest.Actor, query string) func(int) (*portaltest.Actor, string, map[string]any) {
		return func(n int) (*portaltest.Actor, string, map[string]any) {
			return by, query, map[string]any{"n": n, "id": s.a.account}
		}
	}
	all := map[string]func(int) (*portaltest.Actor, string, map[string]any){
		"viewer.accounts": of(many, `query($n: Int) { viewer { accounts(first: $n) { nodes { id
			orders(first: 3) { nodes { id lines { id } } } employees(first: 3) { nodes { id } } notices(first: 3) { nodes { id } } unreadNoticeCount } } } }`),
		"markNoticesRead": func(n int) (*portaltest.Actor, string, map[string]any) {
			ids := make([]any, n)
			for i := range ids {
				ids[i] = fmt.Sprintf("ntce_%026d", i)
			}
			return s.a.owner, `mutation($i: MarkNoticesReadInput!) { markNoticesRead(input: $i) { userErrors { code } } }`,
				map[string]any{"i": input{"accountId": s.a.account, "noticeIds": ids}}
		},
	}
	for _, prefix := range []string{"ordr", "bill", "topu", "empl", "audt"} {
		all["nodes "+prefix] = func(n int) (*portaltest.Actor, string, map[string]any) {
			ids := make([]any, n)
			for i := range ids {
				ids[i] = fmt.Sprintf("%s_%026d", prefix, i)
			}
			return many, `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, map[string]any{"ids": ids}
		}
	}
	for _, f := range fields(published().Types["Account"]) {
		if f.Arguments.ForName("first") != nil {
			all["account."+f.Name] = of(s.a.owner, fmt.Sprintf("query($id: ID!, $n: Int) { account(id: $id) { %s(first: $n) { nodes { __typename } } } }", f.Name))
		}
	}
	return all
}

// 5.4: lists of every length lead to few distinct statements in the database.
func TestListsOfEveryLengthAreFewStatements(t *testing.T) {
	t.Parallel()
	for _, e := range portaltest.Engines {
		t.Run(e, func(t *testing.T) {
			t.Parallel()
			m := newMeter()
			s := newStage(portaltest.New(t, e, portaltest.Wrapped(m.wrap)))
			for name, doc := range s.lengthy(t) {
				texts := map[string]bool{}
				most := 0
				for n := 1; n <= longest; n++ {
					by, query, variables := doc(n)
					_, some := m.counted(func() { s.Send(by, query, variables) })
					for _, text := range some {
						texts[text] = true
					}
					most = max(most, len(some))
				}
				if most == 0 || len(texts) > 8*most { // 1, 2, 4, … 128
					t.Errorf("%s: lists of 1 to %d are %d statements, of which one request sends %d at most", name, longest, len(texts), most)
				}
			}
		})
	}
}

// 5.4: all connections together keep no more statements prepared than the limit
// allows, whatever is sent. A server that prepares no further statements still
// answers everything.
func TestTheServerIsNotExhausted(t *testing.T) {
	t.Parallel()
	const kept = 60
	own := engine.Own(t)
	s := newStage(portaltest.OnServer(t, own, portaltest.Pooled(ent.Pool{Connections: 4, Statements: kept})))
	all := s.lengthy(t)
	send := func() {
		for name, doc := range all {
			for n := 1; n <= longest; n += 9 {
				by, query, variables := doc(n)
				if r := s.Send(by, query, variables); len(r.Errors) > 0 && r.Errors[0].Code() != "NOT_FOUND" {
					t.Fatalf("%s of %d: %s", name, n, r.Raw)
				}
			}
			if n := own.Status(t, "PREPARED_STMT_COUNT"); n > kept {
				t.Fatalf("%s: the server keeps %d statements", name, n)
			}
		}
	}
	send()
	stats := s.Portal.Store.Statements()
	if n := own.Status(t, "PREPARED_STMT_COUNT"); n == 0 || stats.Kept != int64(n) || stats.Evicted == 0 || stats.Refused != 0 {
		t.Errorf("the server keeps %d statements; reported are %+v", n, stats)
	}
	own.Set(t, "max_prepared_stmt_count", 0)
	send()
	s.a.used("service", "order")
	s.a.service() // writes in a transaction, too
	if stats := s.Portal.Store.Statements(); stats.Refused == 0 {
		t.Errorf("nothing was refused: %+v", stats)
	}
}

// 5.4: a pool larger than the server allows is refused, naming its setting; one
// that fits exactly isn't refused.
func TestAPoolFitsTheServer(t *testing.T) {
	t.Parallel()
	dsn := portaltest.New(t, "mariadb").Database
	connections, statements, err := engine.RoomOf(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	for setting, p := range map[string]struct{ fits, not ent.Pool }{
		"connections": {ent.Pool{Connections: connections}, ent.Pool{Connections: connections + 1}},
		"statements":  {ent.Pool{Statements: statements}, ent.Pool{Statements: statements + 1}},
	} {
		if err := opened(t, dsn, p.fits); err != nil {
			t.Errorf("%s that fit: %v", setting, err)
		}
		if err := opened(t, dsn, p.not); err == nil || !strings.HasPrefix(err.Error(), "setting --"+setting+":") {
			t.Errorf("%s that don't fit: %v", setting, err)
		}
	}
}

// opened opens a server's portal with a given pool and new keys, and closes it.
func opened(t *testing.T, dsn string, p ent.Pool) error {
	t.Helper()
	data := t.TempDir()
	_, keys, err := ent.NewKeys()
	if err == nil {
		err = os.WriteFile(filepath.Join(data, "keys.json"), keys, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := server.Config{Data: data, Database: dsn, Listen: "127.0.0.1:0", Trust: "off", BodyLimit: 1 << 20, RequestTimeout: time.Minute,
		Connections: p.Connections, Statements: p.Statements, Captchas: []string{"PICTURE"}, CaptchaDifficulty: 18}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	o, err := server.Open(t.Context(), c)
	if err != nil {
		var missing sealing.KeyMissing
		if errors.Is(err, identity.ErrOtherKeys) || errors.As(err, &missing) { // it was opened; the database has other keys
			return nil
		}
		return err
	}
	return o.Close()
}
