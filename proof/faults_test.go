package proof_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	entcore "entgo.io/ent"
	"github.com/google/go-cmp/cmp"

	"portico/authz"
	"portico/graph/guard"
	"portico/portal"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/standing"
	"portico/portaltest"
)

// inside is what no answer may hold, in lower case: SQL, paths, stacks.
var inside = []string{"select ", "insert into", "password_hash", "syntax", "sqlite", "mysql", ".go:", "goroutine", "/var/", ".ibd", "panic",
	"deadline exceeded", "context canceled"}

// aside are the tables in which a failed command may leave rows: it is audited,
// each try has another key, and the try of a secret is counted before it is
// judged.
var aside = []string{"audit_events", "act_keys", "leases", "attempts"}

// fault is one way to break an operation.
type fault struct {
	name string
	// arm breaks the nth call, counted from 1; disarm reports whether a call
	// was broken.
	arm    func(n int)
	disarm func() bool
	// slow excludes operations that hash passwords.
	slow bool
}

// panics makes the nth query or mutation of the portal panic.
type panics struct{ meter }

func (p *panics) trip() {
	if p.falls("ent") {
		panic("the index of SELECT password_hash is out of range, /var/lib/x.go:1")
	}
}

func (p *panics) into(w *portaltest.World) {
	c := w.Portal.Store.Read()
	c.Intercept(entcore.InterceptFunc(func(next entcore.Querier) entcore.Querier {
		return entcore.QuerierFunc(func(ctx context.Context, q entcore.Query) (entcore.Value, error) {
			p.trip()
			return next.Query(ctx, q)
		})
	}))
	c.Use(func(next entcore.Mutator) entcore.Mutator {
		return entcore.MutateFunc(func(ctx context.Context, m entcore.Mutation) (entcore.Value, error) {
			p.trip()
			return next.Mutate(ctx, m)
		})
	})
}

func faults(m *meter, p *panics) []fault {
	return []fault{
		{"a statement fails", func(n int) { m.arm(n, "call", errSQL, false) }, m.disarm, false},
		{"the commit's answer is lost", func(n int) { m.arm(n, "commit", errSQL, true) }, m.disarm, false},
		{"a statement takes too long", func(n int) { m.arm(n, "call", context.DeadlineExceeded, false) }, m.disarm, true},
		{"a panic", func(n int) { p.arm(n, "call", errSQL, false) }, p.disarm, true},
	}
}

// able returns an actor of the stage who may do an operation on account a.
func (s *stage) able(name string) *portaltest.Actor {
	f := published().Query.Fields.ForName(name)
	if f == nil {
		f = published().Mutation.Fields.ForName(name)
	}
	if f.Directives.ForName("public") != nil {
		if f == published().Query.Fields.ForName(name) {
			return s.a.owner
		}
		return nil
	}
	if name == "acceptOwnership" { // the owner can't
		return s.a.employ("developer")
	}
	p, _ := authz.ParsePermission(permission(f.Directives.ForName("can"), "do"))
	for role, a := range s.provider {
		if authz.Law().Role(role).Has(p) {
			return a
		}
	}
	if authz.Law().Role("data-plane").Has(p) {
		return s.program
	}
	return s.a.owner
}

// hashes are operations that hash passwords, which is slow on purpose.
var hashes = []string{"register", "signIn", "resetPassword"}

// unkeyed are operations that are tried without an idempotency key: they end the
// session, move the clock, or return a secret.
var unkeyed = []string{"signOut", "advanceClock", "replaceRecoveryCodes", "beginPasskeyStepUp", "createApiKey", "rotateApiKey"}

// trial is one operation that is tried with faults.
type trial struct {
	*stage
	t     *testing.T
	name  string
	by    *portaltest.Actor
	doc   string
	keyed bool
	count func() map[string]int
}

func (s *stage) trial(t *testing.T, name string, count func() map[string]int) *trial {
	x := &trial{stage: s, t: t, name: name, by: s.able(name), count: count}
	args := operations[name].args(s, s.subject(name), x.by)
	x.doc = document(name, args, shape{first: 2, depth: 1})
	if published().Mutation.Fields.ForName(name) != nil && x.by != nil && !slices.Contains(unkeyed, name) && !guard.TakesSecret(published(), published().Mutation.Fields.ForName(name)) {
		x.keyed = true
		x.doc = strings.Replace(x.doc, "$input: ", "$key: String!, $input: ", 1)
		x.doc = strings.Replace(x.doc, "(input: $input)", "(input: $input) @idempotent(key: $key)", 1)
	}
	return x
}

// subject returns the account on which an operation is tried.
func (s *stage) subject(name string) *side {
	if name == "submitVerification" || name == "reviewVerification" {
		return s.unverified
	}
	return s.a
}

func (x *trial) args() map[string]any {
	x.t.Helper()
	args := operations[x.name].args(x.stage, x.subject(x.name), x.by)
	if x.name == "submitVerification" {
		x.by = x.unverified.owner
	}
	if x.keyed {
		args["key"] = fmt.Sprint("key-", x.a.serial())
	}
	return args
}

func delta(before, after map[string]int) map[string]int {
	d := map[string]int{}
	for table, n := range after {
		if n != before[table] {
			d[table] = n - before[table]
		}
	}
	return d
}

func (x *trial) done() { operations[x.name].doneBy(x.subject(x.name), x.by) }

// once sends the operation without a fault and returns how many rows it adds.
func (x *trial) once() map[string]int {
	x.t.Helper()
	args := x.args()
	before := x.count()
	r := x.Send(x.by, x.doc, args)
	if got := result(r); !strings.HasPrefix(got, "done") {
		x.t.Fatalf("%s without a fault: %s: %s", x.name, got, r.Raw)
	}
	x.done()
	return delta(before, x.count())
}

// under breaks the first call, then the second, until no further call is made.
func (x *trial) under(f fault, makes map[string]int) {
	x.t.Helper()
	for n := 1; ; n++ {
		if n > 400 {
			x.t.Fatalf("%s: %s: it never comes to an end", x.name, f.name)
		}
		args := x.args()
		before := x.count()
		f.arm(n)
		r := x.Send(x.by, x.doc, args)
		fired := f.disarm()
		at := fmt.Sprintf("%s: %s, at call %d", x.name, f.name, n)
		x.answered(at, r, fired)
		if !fired {
			x.done()
			return
		}
		if d := delta(before, x.count()); len(d) > 0 && !cmp.Equal(d, makes) {
			x.t.Errorf("%s: half of it is written: %v, the whole is %v", at, d, makes)
		}
		if !x.keyed {
			x.done()
			continue
		}
		again := x.Send(x.by, x.doc, args)
		if got := result(again); !strings.HasPrefix(got, "done") {
			x.t.Errorf("%s: sent again under the same key: %s: %s", at, got, again.Raw)
		}
		if d := delta(before, x.count()); !cmp.Equal(d, makes) {
			x.t.Errorf("%s: sent again under the same key it made %v, once makes %v", at, d, makes)
		}
		x.done()
	}
}

// answered checks that a broken operation answers with its code and a
// correlation ID, and with nothing of what broke.
func (x *trial) answered(at string, r portaltest.Response, fired bool) {
	x.t.Helper()
	shown := strings.ToLower(string(r.Raw))
	if i := slices.IndexFunc(inside, func(word string) bool { return strings.Contains(shown, word) }); i >= 0 {
		x.t.Errorf("%s: the answer holds %q: %s", at, inside[i], r.Raw)
	}
	if !fired && !strings.HasPrefix(result(r), "done") {
		x.t.Errorf("%s: nothing failed, and yet: %s", at, r.Raw)
	}
	for _, e := range r.Errors {
		// Below the root a field may be forbidden to the caller, broken or not.
		hidden := e.Code() == "FORBIDDEN" || e.Code() == "UNAUTHENTICATED" && len(e.Path) > 1
		if e.Code() != "INTERNAL" && e.Code() != "TIMEOUT" && !hidden {
			x.t.Errorf("%s: code %q: %s", at, e.Code(), r.Raw)
		}
		if id := text(e.Extensions["correlationId"]); !hidden && (id == "" || !strings.Contains(e.Message, id)) {
			x.t.Errorf("%s: no number to quote: %s", at, r.Raw)
		}
	}
}

// sound checks what must hold of the database after every fault.
func sound(t *testing.T, w *portaltest.World, at string) {
	t.Helper()
	wrong, err := ledger.Check(w.System(), w.Portal.Store)
	wrong = slices.DeleteFunc(wrong, func(f ledger.Finding) bool { _, is := byHand.Load(f.Subject); return is })
	if err != nil || len(wrong) > 0 {
		t.Errorf("%s: the ledger: %v %v", at, wrong, err)
	}
	differ, err := standing.Check(w.System(), w.Portal.Store, portal.Standing())
	if err != nil || len(differ) > 0 {
		t.Errorf("%s: the standing: %v %v", at, differ, err)
	}
}

// apart are operations whose success would change all that follow. Closed and
// further accounts have tests in their own units.
var apart = map[string]bool{"declineTerms": true, "openAccount": true}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, engine := range portaltest.Engines {
		for part := range faultParts {
			t.Run(fmt.Sprint(engine, " ", part+1), func(t *testing.T) {
				t.Parallel()
				tryFaults(t, engine, part)
			})
		}
	}
}

// faultParts is how many worlds of an engine share the operations: one alone would
// still be trying them when every other test has ended.
const faultParts = 2

// tryFaults tries every operation of a part under each fault.
func tryFaults(t *testing.T, engine string, part int) {
	m, p := newMeter(), &panics{meter{left: -1}}
	m.embedded = engine == "sqlite"
	w := portaltest.New(t, engine, portaltest.Wrapped(m.wrap))
	p.into(w)
	s := newStage(w)
	s.a.furnish()
	db := open(t, w)
	count := func() map[string]int { return rowsOf(t, w, db) }
	for i, name := range ordered() {
		if apart[name] || i%faultParts != part {
			continue
		}
		t.Run(name, func(t *testing.T) {
			// A failure that the world reports ends the operation, not
			// the engine.
			outer := w.T
			w.T = t
			defer func() { w.T = outer }()
			x := s.trial(t, name, count)
			x.once() // the first of its kind may add more rows
			makes := x.once()
			for _, f := range faults(m, p) {
				if f.slow && slices.Contains(hashes, name) {
					continue
				}
				x.under(f, makes)
			}
			sound(t, w, name)
		})
	}
}

// rowsOf returns the number of rows of each table that a fault must leave alone.
func rowsOf(t *testing.T, w *portaltest.World, db *sql.DB) map[string]int {
	n := map[string]int{}
	var one []string
	for _, table := range tablesOf(t, w, db) {
		if !slices.Contains(aside, table) {
			one = append(one, "SELECT CONCAT('"+table+"', ' ', (SELECT COUNT(*) FROM "+table+"))")
		}
	}
	for _, l := range strs(t, db, strings.Join(one, " UNION ALL ")) {
		var table string
		var rows int
		if _, err := fmt.Sscan(l, &table, &rows); err != nil {
			t.Fatal(err)
		}
		n[table] = rows
	}
	return n
}
