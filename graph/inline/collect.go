package inline

import (
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Collections are the fields that the selections of one document select of the
// objects of each type. They are the same ones for every request with this document,
// provided that nothing in it depends on variables: it has no @skip, @include or
// @defer.
type Collections struct {
	mu   sync.RWMutex
	kept map[collection][]graphql.CollectedField
}

// collection is a selection, by the place of its first element in memory, and a type of
// objects, by the place of its names.
type collection struct {
	selection *ast.Selection
	length    int
	satisfies *string
}

// mostCollections is the largest number of entries that are kept of one document.
const mostCollections = 500

const collectionsName = "PorticoCollections"

// Use lets an operation use the collections of its document, unless gqlgen's own code
// is to run throughout (see [Original]).
func (c *Collections) Use(ctx context.Context, oc *graphql.OperationContext) {
	if ctx.Value(originalKey{}) == nil {
		oc.Stats.SetExtension(collectionsName, c)
	}
}

// Collect returns the fields that a selection selects of the objects of a type, as
// [graphql.CollectFields] does. Satisfies holds the names of the type and of its
// interfaces. The caller must not change the fields.
func Collect(oc *graphql.OperationContext, selection ast.SelectionSet, satisfies []string) []graphql.CollectedField {
	c, ok := oc.Stats.GetExtension(collectionsName).(*Collections)
	if !ok || len(selection) == 0 || len(satisfies) == 0 {
		return graphql.CollectFields(oc, selection, satisfies)
	}
	which := collection{&selection[0], len(selection), &satisfies[0]}
	c.mu.RLock()
	fields, known := c.kept[which]
	c.mu.RUnlock()
	if known {
		return fields
	}
	return c.add(which, graphql.CollectFields(oc, selection, satisfies))
}

// add keeps fields, unless another request did so first or too many are kept, and
// returns those that are kept: what they select in turn is looked up by its place in
// memory, so all requests must go on from the same ones.
func (c *Collections) add(which collection, fields []graphql.CollectedField) []graphql.CollectedField {
	c.mu.Lock()
	defer c.mu.Unlock()
	if first, known := c.kept[which]; known {
		return first
	}
	if len(c.kept) >= mostCollections {
		return fields
	}
	if c.kept == nil {
		c.kept = map[collection][]graphql.CollectedField{}
	}
	c.kept[which] = fields
	return fields
}
