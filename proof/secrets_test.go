package proof_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"portico/ent/db/attempt"
	"portico/ent/db/auditevent"
	"portico/ent/db/captcha"
	"portico/ent/db/phonecode"
	"portico/graph/guard"
	"portico/portaltest"
)

// secretNames matches the names of secrets in inputs and answers.
var secretNames = regexp.MustCompile(`(?i)^(code|captchaAnswer|secret|recoveryCodes)$|password$|token$`)

// noSecrets have such a name and aren't secrets.
var noSecrets = []string{"CreateRoleInput.code", "SandboxMessage.token"}

func TestSecretsAreMarked(t *testing.T) {
	marked := 0
	check := func(where string, name string, d ast.DirectiveList) {
		if d.ForName("secret") != nil {
			marked++
		} else if secretNames.MatchString(name) && !slices.Contains(noSecrets, where) {
			t.Errorf("1.4: %s goes by a secret's name and isn't marked @secret", where)
		}
	}
	for _, d := range published().Types {
		for _, f := range d.Fields {
			where := d.Name + "." + f.Name
			if d.Kind == ast.InputObject || d.Kind == ast.Object && f.Name != "code" && d != published().Mutation && d != published().Query {
				check(where, f.Name, f.Directives)
			}
			for _, a := range f.Arguments {
				check(where+"("+a.Name+")", a.Name, a.Directives)
			}
		}
	}
	if marked < 10 {
		t.Errorf("%d are marked", marked)
	}
}

// unguessable reports whether a secret has 256 random bits, or is the signature of
// a passkey over such a challenge.
func unguessable(name string) bool {
	return strings.HasSuffix(strings.ToLower(name), "token") || name == "challengeId" || name == "credential"
}

// secretOperation is an operation that takes a secret, by the schema.
type secretOperation struct {
	*stage
	t     *testing.T
	m     *meter
	name  string
	by    *portaltest.Actor
	guess bool // the secret is short and could be guessed
}

// marked calls f with each marked field of the operation's input.
func (o *secretOperation) marked(f func(name string)) {
	for _, a := range published().Mutation.Fields.ForName(o.name).Arguments {
		for _, field := range published().Types[a.Type.Name()].Fields {
			if field.Directives.ForName("secret") != nil {
				f(field.Name)
			}
		}
	}
}

// args returns new arguments, with the right secret or a wrong one.
func (o *secretOperation) args(right bool) map[string]any {
	args := operations[o.name].args(o.stage, o.subject(o.name), o.by)
	in := args["input"].(input)
	if !right {
		o.marked(func(name string) {
			if s, ok := in[name].(string); ok {
				in[name] = "9x" + s[min(2, len(s)):]
			}
		})
	}
	return args
}

// sent sends the operation in a context, from a network of its own.
func (o *secretOperation) sent(ctx context.Context, doc string, variables map[string]any) portaltest.Response {
	o.t.Helper()
	body, err := json.Marshal(map[string]any{"query": doc, "variables": variables})
	if err != nil {
		o.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body)).WithContext(ctx)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	if o.by != nil {
		r.Header.Set("Authorization", "Bearer "+o.Token(o.by))
	}
	serial := o.a.serial()
	r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", serial>>16&255, serial>>8&255, serial&255)
	rec := httptest.NewRecorder()
	o.Handler().ServeHTTP(rec, r)
	out := portaltest.Response{Status: rec.Code, Raw: rec.Body.Bytes()}
	_ = json.Unmarshal(out.Raw, &out) // a client that has left gets no answer
	return out
}

// state is the number of commands done and refused, and of tries counted.
type state struct{ done, refused, counted int }

func (o *secretOperation) state() (s state) {
	c, ctx := o.Portal.Store.Read(), o.System()
	events := func(r auditevent.Result) int {
		n := 0 // refusals of strangers are one event with a count
		for _, e := range c.AuditEvent.Query().Where(auditevent.Action(o.name), auditevent.ResultEQ(r)).AllX(ctx) {
			n += int(e.Count)
		}
		return n
	}
	s.done, s.refused = events(auditevent.ResultDONE), events(auditevent.ResultREFUSED)
	for _, a := range c.Attempt.Query().Where(attempt.FailuresGT(0)).AllX(ctx) {
		s.counted += int(a.Failures)
	}
	for _, p := range c.PhoneCode.Query().Where(phonecode.WrongTriesGT(0)).AllX(ctx) {
		s.counted += int(p.WrongTries)
	}
	s.counted += c.Captcha.Query().Where(captcha.UsedAtNotNil()).CountX(ctx)
	return s
}

// after returns how a function changed the state.
func (o *secretOperation) after(f func()) state {
	before := o.state()
	f()
	now := o.state()
	return state{now.done - before.done, now.refused - before.refused, now.counted - before.counted}
}

// isCounted reports whether wrong tries were counted and recorded.
func (o *secretOperation) isCounted(s state, tries int) bool {
	return s.refused == tries && (!o.guess || s.counted >= tries)
}

// lapsing is a context that a test ends as if by its deadline. When end
// returns, all contexts derived from it have ended, too, since it implements
// AfterFunc as package context asks. Otherwise a goroutine would end them some
// time later.
type lapsing struct {
	context.Context
	gone  chan struct{}
	why   error
	mu    sync.Mutex
	after map[*func()]bool
}

func newLapsing(why error) *lapsing {
	return &lapsing{Context: context.Background(), gone: make(chan struct{}), why: why, after: map[*func()]bool{}}
}

func (c *lapsing) Done() <-chan struct{} { return c.gone }

func (c *lapsing) Err() error {
	select {
	case <-c.gone:
		return c.why
	default:
		return nil
	}
}

func (c *lapsing) AfterFunc(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Err() != nil {
		go f()
		return func() bool { return false }
	}
	c.after[&f] = true
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		was := c.after[&f]
		delete(c.after, &f)
		return was
	}
}

func (c *lapsing) end() {
	c.mu.Lock()
	if c.Err() == nil {
		close(c.gone)
	}
	after := c.after
	c.after = nil
	c.mu.Unlock()
	for f := range after {
		(*f)()
	}
}

// cut sends the operation in a context that ends as the nth call of the
// database begins; zero ends it before the first. It reports whether there was
// an nth call. Preparing a statement doesn't count: whether a connection has
// prepared it depends on what ran on it before.
func (o *secretOperation) cut(n int, why error, right bool) (s state, fired bool) {
	args := o.args(right)
	doc := document(o.name, args, shape{first: 2, depth: 1})
	ctx := newLapsing(why)
	before := o.state()
	if n == 0 {
		ctx.end()
	} else {
		o.m.then = ctx.end
		o.m.arm(n, "statement", nil, false)
	}
	o.sent(ctx, doc, args)
	fired = o.m.disarm() || n == 0
	o.m.then = nil
	now := o.state()
	return state{now.done - before.done, now.refused - before.refused, now.counted - before.counted}, fired
}

// exits are the ways in which a try can end early. Each returns how many cases
// it tried.
var exits = map[string]func(o *secretOperation) int{
	"the request goes away, at whatever moment": func(o *secretOperation) int {
		cases := 0
		for n := 0; ; n++ {
			why := context.Canceled
			if n%3 == 2 {
				why = context.DeadlineExceeded
			}
			wrong, fired := o.cut(n, why, false)
			cases++
			if !fired {
				if !o.isCounted(wrong, 1) {
					o.t.Errorf("nothing ended it, and yet: %+v", wrong)
				}
				return cases
			}
			// If the wrong secret wasn't counted, the right one must have no
			// effect at this call either. A retry shifts the calls, so
			// a difference is tried again; a difference that reveals the secret
			// appears each time.
			for again := 0; !o.isCounted(wrong, 1); again++ {
				right, _ := o.cut(n, why, true)
				if right.done == 0 && right.counted == wrong.counted {
					break
				}
				if again == 4 {
					o.t.Errorf("ended at call %d a wrong try is %+v, a right one %+v", n, wrong, right)
					break
				}
				wrong, _ = o.cut(n, why, false)
			}
		}
	},
	"a key": func(o *secretOperation) int {
		by := o.by
		defer func() { o.by = by }()
		if o.by == nil {
			o.by = o.b.owner
		}
		statements := map[bool]int{}
		for _, right := range []bool{true, false, true, false} { // the first one records the use of a token
			args := o.args(right)
			doc := document(o.name, args, shape{first: 2, depth: 1})
			doc = strings.Replace(doc, "(input: $input)", `(input: $input) @idempotent(key: "k")`, 1)
			s := o.after(func() {
				statements[right], _ = o.m.counted(func() {
					r := o.sent(context.Background(), doc, args)
					if len(r.Errors) != 1 || r.Errors[0].Code() != "IDEMPOTENCY_NOT_SUPPORTED" {
						o.t.Errorf("%s", r.Raw)
					}
				})
			})
			if s != (state{}) {
				o.t.Errorf("under a key: %+v", s)
			}
		}
		if statements[true] != statements[false] {
			o.t.Errorf("under a key %d statements for the right one, %d for a wrong one", statements[true], statements[false])
		}
		return 2
	},
	"a second alias": func(o *secretOperation) int {
		args, other := o.args(false), o.args(false)
		of := strings.ToUpper(o.name[:1]) + o.name[1:]
		doc := fmt.Sprintf(`mutation($one: %[1]sInput!, $two: %[1]sInput!) { one: %[2]s(input: $one) { userErrors { code } } two: %[2]s(input: $two) { userErrors { code } } }`, of, o.name)
		s := o.after(func() {
			o.sent(context.Background(), doc, map[string]any{"one": args["input"], "two": other["input"]})
		})
		if !o.isCounted(s, 2) {
			o.t.Errorf("two wrong ones in one document: %+v", s)
		}
		return 1
	},
	"another field is wrong": func(o *secretOperation) int {
		cases := 0
		in := o.args(true)["input"].(input)
		for field, v := range in {
			if _, text := v.(string); !text || secretNames.MatchString(field) {
				continue
			}
			cases++
			codes := map[bool]string{}
			wrong := o.after(func() { codes[false] = o.spoiled(field, false) })
			if o.isCounted(wrong, 1) {
				continue
			}
			// The secret wasn't tried: the right one gets the same answer.
			right := o.after(func() { codes[true] = o.spoiled(field, true) })
			if right != wrong || codes[true] != codes[false] || right.done != 0 {
				o.t.Errorf("with a wrong %s a wrong try is %+v %s, a right one %+v %s", field, wrong, codes[false], right, codes[true])
			}
		}
		return cases
	},
}

// spoiled sends the operation with one empty field that isn't the secret. It
// returns the codes of the refusals and the number of statements.
func (o *secretOperation) spoiled(field string, right bool) string {
	args := o.args(right)
	args["input"].(input)[field] = ""
	doc := document(o.name, args, shape{first: 2, depth: 1})
	var codes []string
	n, _ := o.m.counted(func() {
		r := o.sent(context.Background(), doc, args)
		for _, e := range r.Errors {
			codes = append(codes, e.Code())
		}
		for _, e := range r.Refusals(o.t) {
			codes = append(codes, e.Code)
		}
	})
	return fmt.Sprint(codes, n)
}

func TestEachTryOfASecretIsCounted(t *testing.T) {
	t.Parallel()
	for _, engine := range portaltest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			m := newMeter()
			m.embedded = engine == "sqlite"
			w := portaltest.New(t, engine, portaltest.Wrapped(m.wrap))
			s := newStage(w)
			cases, names := 0, 0
			for _, f := range published().Mutation.Fields {
				if !guard.TakesSecret(published(), f) {
					continue
				}
				names++
				o := &secretOperation{stage: s, m: m, name: f.Name}
				if f.Directives.ForName("public") == nil {
					o.by = s.able(f.Name)
				}
				o.marked(func(name string) { o.guess = o.guess || !unguessable(name) })
				for exit, walk := range exits {
					t.Run("1.4: "+f.Name+": "+exit+": each try is counted, or nothing is tried", func(t *testing.T) {
						outer := w.T
						w.T, o.t = t, t
						defer func() { w.T = outer }()
						cases += walk(o)
					})
				}
			}
			t.Logf("%d cases of %d operations", cases, names)
		})
	}
}
