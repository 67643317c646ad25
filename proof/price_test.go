package proof_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"portico/ent/db/message"
	"portico/graph"
	"portico/portal"
	"portico/portaltest"
	"portico/server"
)

// The least cost of work, in points: of a statement, of a message, of the hash
// of a password, and of a picture.
const (
	pointsAStatement = 1
	pointsAMessage   = 5
	pointsAHash      = 1500
	pointsAPicture   = 50
)

// hashed is how many hashes of passwords a mutation computes, where it isn't one:
// a new password is compared with the last five.
var hashed = map[string]int{"changePassword": 6, "resetPassword": 6}

// takesPassword reports whether a mutation takes a password, which is hashed.
func takesPassword(f *ast.FieldDefinition) bool {
	in := published().Types[f.Arguments.ForName("input").Type.Name()]
	return slices.ContainsFunc(in.Fields, func(a *ast.FieldDefinition) bool { return strings.Contains(strings.ToLower(a.Name), "password") })
}

func TestNoMutationDoesMoreWorkThanItsPrice(t *testing.T) {
	t.Parallel()
	m := newMeter()
	s := newStage(portaltest.New(t, "sqlite", portaltest.Wrapped(m.wrap)))
	prices := graph.Prices()
	for _, f := range fields(published().Mutation) {
		o, ok := operations[f.Name]
		if !ok {
			t.Errorf("no operation %s", f.Name)
			continue
		}
		t.Run("5.4: "+f.Name, func(t *testing.T) {
			by := s.able(f.Name)
			args := o.args(s, s.a, by)
			sent := func() int {
				n, err := s.Portal.Store.Read().Message.Query().Where(message.ChannelNEQ(message.ChannelCAPTCHA)).Count(s.System())
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			before := sent()
			doc := fmt.Sprintf("mutation($input: %s) { %s(input: $input) { userErrors { code } } }", f.Arguments.ForName("input").Type, f.Name)
			statements, texts := m.counted(func() { s.Send(by, doc, args) })
			work := pointsAStatement*statements + pointsAMessage*(sent()-before)
			if takesPassword(f) {
				work += pointsAHash * max(1, hashed[f.Name])
			}
			if f.Name == "createCaptcha" {
				work += pointsAPicture
			}
			if price := prices["Mutation."+f.Name].Own; price < int64(work) {
				t.Errorf("it costs %d points and does %d points of work, %d statements:\n%s", price, work, statements, strings.Join(texts, "\n"))
			}
			if o.done != nil {
				o.done(s.a, by)
			}
		})
	}
}

// visitorOperations returns the operations that a visitor may send.
func visitorOperations() (list []string) {
	for name := range operations {
		f := published().Query.Fields.ForName(name)
		if f == nil {
			f = published().Mutation.Fields.ForName(name)
		}
		if f != nil && f.Directives.ForName("public") != nil {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// visitors sets how often one network may send an operation in an hour.
func visitors(most int64) portaltest.Option {
	return func(_ *portal.Config, c *server.Config) { c.VisitorCommands = most }
}

func TestWhatVisitorsMakeGrowHasABound(t *testing.T) {
	t.Parallel()
	const most = 6
	for _, engine := range portaltest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newStage(portaltest.New(t, engine, visitors(1<<40))) // what the arguments need is created first
			bounded := portaltest.Open(t, engine, s.Database, visitors(most), func(c *portal.Config, _ *server.Config) { c.Wall = s.Wall })
			list := visitorOperations()
			if len(list) < 8 {
				t.Fatalf("only %v", list)
			}
			for _, name := range list {
				t.Run("5.4: "+name, func(t *testing.T) { s.grow(t, bounded, name, most) })
			}
		})
	}
}

// grow sends an operation as a visitor until its network has used up its limit
// of the hour, and then as often again. The second time no table grows.
func (s *stage) grow(t *testing.T, bounded *portaltest.World, name string, most int) {
	s.Wall.Advance(s.Wall.Now().Truncate(time.Hour).Add(119 * time.Minute).Sub(s.Wall.Now()))
	args := make([]map[string]any, 4*most)
	for i := range args {
		args[i] = operations[name].args(s, s.a, nil)
	}
	s.Wall.Advance(time.Minute) // what the arguments need counts for the hour before
	query := document(name, args[0], shape{first: 1, depth: 1})
	for _, a := range args[:2*most] {
		bounded.Send(nil, query, a)
	}
	before := s.sizes(t)
	for _, a := range args[2*most:] {
		bounded.Send(nil, query, a)
	}
	for table, n := range s.sizes(t) {
		if n > before[table]+1 {
			t.Errorf("%d more times: %s grew by %d", 2*most, table, n-before[table])
		}
	}
}

// sizes returns the number of rows of each table.
func (s *stage) sizes(t *testing.T) map[string]int {
	t.Helper()
	sizes, db := map[string]int{}, open(t, s.World)
	for _, table := range tablesOf(t, s.World, db) {
		n, err := strconv.Atoi(strs(t, db, "SELECT count(*) FROM "+table)[0])
		if err != nil {
			t.Fatal(err)
		}
		sizes[table] = n
	}
	return sizes
}
