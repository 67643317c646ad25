package account_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"gocloud.dev/blob/memblob"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/restriction"
	"portico/graph"
	"portico/portal"
	"portico/portal/agreement"
	"portico/portal/agreement/demo"
	"portico/portal/identity"
	"portico/portal/portaltest/engine"
	"portico/portal/staff"
	"portico/portal/standing"
	"portico/server/transport"
)

var keys = func() *ent.Keys {
	k, _, err := ent.NewKeys()
	if err != nil {
		panic(err)
	}
	return k
}()

var start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

func fill(ctx context.Context, dsn string) error {
	p, err := portal.Open(ctx, portal.Config{Database: dsn, Keys: keys, Wall: calendar.Fixed(start)})
	if err != nil {
		return err
	}
	defer p.Close()
	ctx = authz.With(ctx, authz.AsSystem("test"))
	if _, err := p.Store.Migrate(ctx); err != nil {
		return err
	}
	if err := p.Start(ctx); err != nil {
		return err
	}
	_, err = agreement.Load(ctx, p.Store, demo.Documents())
	return err
}

var pool = engine.NewPool(engine.Schema{MySQL: fill,
	SQLite: func(ctx context.Context, path string) error { return fill(ctx, "sqlite:"+path) }})

// world is a portal on one engine, and time that moves when told.
type world struct {
	*testing.T
	p     *portal.Portal
	clock *calendar.Manual
	exec  *executor.Executor
	n     atomic.Int64
	wrote atomic.Int64
}

func each(t *testing.T, f func(w *world)) {
	for _, e := range []string{"sqlite", "mariadb"} {
		t.Run(e, func(t *testing.T) {
			dsn := ""
			if e == "sqlite" {
				dsn = "sqlite:" + pool.SQLite(t)
			} else {
				dsn = pool.MariaDB(t)
			}
			w := &world{T: t, clock: calendar.NewManual(start)}
			files := memblob.OpenBucket(nil)
			p, err := portal.Open(t.Context(), portal.Config{Database: dsn, Keys: keys, Wall: w.clock, Files: files})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = p.Close(); _ = files.Close() })
			w.p = p
			w.exec = executor.New(graph.New(p))
			w.exec.AroundOperations(graph.InterceptOperation(p))
			w.exec.SetErrorPresenter(transport.Presenter(func(context.Context) string { return "test" }))
			f(w)
		})
	}
}

func (w *world) as(p *authz.Principal) context.Context { return authz.With(w.Context(), p) }
func (w *world) system() context.Context                { return w.as(authz.AsSystem("test")) }

type customer struct {
	id    string
	owner *authz.Principal
}

func (w *world) member(accountID, personID, role string) *authz.Principal {
	return &authz.Principal{Kind: authz.Person, ID: personID, Address: "192.0.2.7", Agent: "test/1", Language: clause.EN,
		Grants: []authz.Grant{{AccountID: accountID, RoleCode: role, Owner: role == "owner", Allow: authz.Law().Role(role)}}}
}

func (w *world) operator(role string) *authz.Principal {
	id := w.person("Operator " + role)
	return &authz.Principal{Kind: authz.Person, ID: id, Address: "192.0.2.8", Agent: "test/1", Language: clause.EN,
		OperatorRoles: []string{role}, Operator: authz.Law().Role(role)}
}

func (w *world) write(f func(tx *ent.Tx) error) {
	w.Helper()
	if err := w.p.Store.Write(w.system(), f); err != nil {
		w.Fatal(err)
	}
}

func (w *world) person(name string) string {
	w.Helper()
	id := ""
	w.write(func(tx *ent.Tx) error {
		n := w.n.Add(1)
		row, err := identity.Enrol(tx, identity.Newcomer{Name: name, Phone: fmt.Sprintf("+8613800%06d", n), Email: fmt.Sprintf("p%d@example.com", n), PasswordHash: "-"})
		if err == nil {
			id = row.ID
		}
		return err
	})
	return id
}

func (w *world) customer(name string) customer {
	w.Helper()
	person, c := w.person(name+"'s owner"), customer{id: ent.NewID("acct")}
	c.owner = w.member(c.id, person, "owner")
	w.write(func(tx *ent.Tx) error {
		tx = tx.As(c.owner)
		_, err := tx.Account.Create().SetID(c.id).SetNumber(fmt.Sprintf("1%08d", w.n.Add(1))).SetName(name).SetStatus(account.StatusPENDING).
			SetSubjectKind(account.SubjectKindLEGAL_PERSON).SetCurrency("CNY").SetCreatedAt(tx.Now).Save(tx)
		if err != nil {
			return err
		}
		if _, err := staff.Found(tx, c.id, person); err != nil {
			return err
		}
		if err := agreement.AcceptCurrent(tx, c.id, person, w.current(tx)); err != nil {
			return err
		}
		return standing.Restrict(tx, standing.Cause{Scope: restriction.ScopeACCOUNT, AccountID: c.id,
			Code: "VERIFICATION_REQUIRED", Clause: "5.2", ID: c.id})
	})
	return c
}

func (w *world) current(tx *ent.Tx) []string {
	all, err := agreement.InForce(tx, tx.Terms, tx.Now)
	if err != nil {
		w.Error(err)
	}
	var list []string
	for _, t := range all {
		list = append(list, t.ID)
	}
	return list
}

type reply struct {
	data any
	errs gqlerror.List
}

func (w *world) ask(p *authz.Principal, query string, vars map[string]any) reply {
	w.Helper()
	ctx := graphql.StartOperationTrace(w.as(p))
	op, errs := w.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: vars})
	if errs != nil {
		return reply{errs: errs}
	}
	h, ctx := w.exec.DispatchOperation(ctx, op)
	r := h(ctx)
	var out reply
	out.errs = r.Errors
	if err := json.Unmarshal(r.Data, &out.data); err != nil {
		w.Error(err)
	}
	return out
}

func (r reply) at(path ...any) any {
	v := r.data
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

// ok asks and fails on any error.
func (w *world) ok(p *authz.Principal, query string, vars map[string]any) reply {
	w.Helper()
	r := w.ask(p, query, vars)
	if len(r.errs) > 0 {
		w.Fatalf("errors: %v", r.errs)
	}
	return r
}

// mutate sends a mutation with one input and tells the codes of its refusals,
// "CODE clause field".
func (w *world) mutate(p *authz.Principal, name, selection string, input any) (reply, []string) {
	w.Helper()
	typ := string(name[0]-32) + name[1:] + "Input"
	r := w.ask(p, "mutation($input: "+typ+"!) { "+name+"(input: $input) { "+selection+" userErrors { code clause field message remedy { description operation input } } } }",
		map[string]any{"input": input})
	var told []string
	for _, e := range r.errs {
		told = append(told, fmt.Sprint(e.Extensions["code"]))
	}
	list, _ := r.at(name, "userErrors").([]any)
	for _, e := range list {
		u, _ := e.(map[string]any)
		field := ""
		if f, ok := u["field"].([]any); ok {
			for i, s := range f {
				if i > 0 {
					field += "."
				}
				field += fmt.Sprint(s)
			}
		}
		told = append(told, fmt.Sprint(u["code"], " ", u["clause"], " ", field))
		if u["message"] == "" {
			w.Errorf("%s has no message", u["code"])
		}
	}
	return r, told
}

func (w *world) refused(told []string, want string) {
	w.Helper()
	if len(told) != 1 || told[0] != want {
		w.Fatalf("told %q, want %q", told, want)
	}
}

func (w *world) done(told []string) {
	w.Helper()
	if len(told) > 0 {
		w.Fatalf("refused: %q", told)
	}
}

func (w *world) count(q interface{ Count(context.Context) (int, error) }) int {
	w.Helper()
	n, err := q.Count(w.system())
	if err != nil {
		w.Fatal(err)
	}
	return n
}

func (w *world) read() *db.Client { return w.p.Store.Read() }

func TestMain(m *testing.M) { os.Exit(m.Run()) }

var _ = filepath.Join
