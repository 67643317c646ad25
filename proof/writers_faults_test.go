package proof_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"portico/ent/db"
	"portico/graph"
	"portico/graph/generated"
	"portico/graph/guard"
	"portico/money"
	"portico/portal/offer/catalog"
	"portico/portaltest"
)

// faultsRuns is how many times the document is answered, each time with other faults.
const faultsRuns = 400

// writerFaults makes resolvers fail: which ones depends on the seed, the row and the field.
type writerFaults struct{ seed uint64 }

// resolve returns a fault for a field of a row, or what its resolver returns.
func resolve[T any](f *writerFaults, row, field string, value func() (T, error)) (T, error) {
	h := fnv.New64a()
	fmt.Fprint(h, f.seed, row, field)
	var none T
	switch h.Sum64() % 12 {
	case 0:
		return none, errors.New("broken: " + field)
	case 1:
		panic("panic: " + field)
	case 2:
		return none, nil
	case 3:
		return none, &gqlerror.Error{Message: "told", Extensions: map[string]any{"code": "TOLD", "row": row}}
	case 4:
		return none, gqlerror.List{{Message: "one"}, {Message: "two"}}
	case 5:
		panic(errors.New("panic with an error: " + field))
	}
	return value()
}

// faulty is a resolver root with faults.
type faulty struct {
	generated.ResolverRoot
	*writerFaults
}

func (f faulty) Order() generated.OrderResolver {
	return faultyOrder{f.ResolverRoot.Order(), f.writerFaults}
}

func (f faulty) OrderLine() generated.OrderLineResolver {
	return faultyLine{f.ResolverRoot.OrderLine(), f.writerFaults}
}

func (f faulty) Plan() generated.PlanResolver {
	return faultyPlan{f.ResolverRoot.Plan(), f.writerFaults}
}

type faultyOrder struct {
	generated.OrderResolver
	*writerFaults
}

func (r faultyOrder) Plan(ctx context.Context, o *db.Order) (*db.Plan, error) {
	return resolve(r.writerFaults, o.ID, "plan", func() (*db.Plan, error) { return r.OrderResolver.Plan(ctx, o) })
}

func (r faultyOrder) Term(ctx context.Context, o *db.Order) (*catalog.TermInput, error) {
	return resolve(r.writerFaults, o.ID, "term", func() (*catalog.TermInput, error) { return r.OrderResolver.Term(ctx, o) })
}

func (r faultyOrder) ProviderBodies(ctx context.Context, o *db.Order) ([]string, error) {
	return resolve(r.writerFaults, o.ID, "providerBodies", func() ([]string, error) { return r.OrderResolver.ProviderBodies(ctx, o) })
}

func (r faultyOrder) PlacedBy(ctx context.Context, o *db.Order) (db.Actor, error) {
	return resolve(r.writerFaults, o.ID, "placedBy", func() (db.Actor, error) { return r.OrderResolver.PlacedBy(ctx, o) })
}

// Lines returns, now and then, a list with an element that is nil, and a line whose
// amount panics.
func (r faultyOrder) Lines(ctx context.Context, o *db.Order) ([]*db.OrderLine, error) {
	list, err := resolve(r.writerFaults, o.ID, "lines", func() ([]*db.OrderLine, error) { return r.OrderResolver.Lines(ctx, o) })
	h := fnv.New64a()
	fmt.Fprint(h, r.seed, o.ID, "element")
	switch h.Sum64() % 5 {
	case 0:
		list = append(list[:len(list):len(list)], nil)
	case 1:
		list = append(list[:len(list):len(list)], &db.OrderLine{ID: "orln_x", Quantity: "x", UnitPrice: "1", Currency: "XXX"})
	}
	return list, err
}

type faultyLine struct {
	generated.OrderLineResolver
	*writerFaults
}

func (r faultyLine) Description(ctx context.Context, l *db.OrderLine) (*string, error) {
	return resolve(r.writerFaults, l.ID, "description", func() (*string, error) { return r.OrderLineResolver.Description(ctx, l) })
}

func (r faultyLine) UnitPrice(ctx context.Context, l *db.OrderLine) (*money.Decimal, error) {
	return resolve(r.writerFaults, l.ID, "unitPrice", func() (*money.Decimal, error) { return r.OrderLineResolver.UnitPrice(ctx, l) })
}

type faultyPlan struct {
	generated.PlanResolver
	*writerFaults
}

func (r faultyPlan) Product(ctx context.Context, p *db.Plan) (*db.Product, error) {
	return resolve(r.writerFaults, p.ID, "product", func() (*db.Product, error) { return r.PlanResolver.Product(ctx, p) })
}

const faultsDocument = `($id: ID!) { account(id: $id) { id orders(first: 3) { totalCount nodes { id number total { amount currency }
	term { unit count } providerBodies placedBy { __typename } plan { id product { id } }
	lines { id quantity unitPrice description amount { currency amount } } } edges { cursor node { lines { description } } } } } }`

// Resolvers that fail, panic and return nothing are answered by the writers of
// graph/inline exactly as by gqlgen's own code.
func TestTheWritersAnswerFaultsAsGqlgenDoes(t *testing.T) {
	t.Parallel()
	s := newStage(portaltest.New(t, "sqlite"))
	s.a.furnish()
	f := &writerFaults{seed: rand.Uint64()}
	exec := executor.New(generated.NewExecutableSchema(generated.Config{
		Resolvers: generated.Once(faulty{&graph.Resolver{Portal: s.Portal}, f}), Directives: guard.Directives(s.Portal.Store), Schema: graph.Published(true),
	}))
	exec.SetRecoverFunc(func(ctx context.Context, v any) error { return fmt.Errorf("%v at %s", v, graphql.GetPath(ctx)) })
	d := &differential{exec: exec, seed: f.seed, whole: map[string]int{}, withErrors: map[string]int{}}
	d.exec.AroundOperations(guard.AroundOperation)
	t.Logf("seed %d", d.seed)
	for range faultsRuns {
		d.compare(t, s.As(s.a.owner), "query", faultsDocument, map[string]any{"id": s.a.account})
		f.seed++
		d.seed = f.seed
	}
	if d.withErrors["query"] < faultsRuns/2 {
		t.Errorf("only %d answers had errors", d.withErrors["query"])
	}
}
