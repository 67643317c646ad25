package graph

import (
	"context"
	"sync"

	"portico/authz"
	"portico/clause"
)

// cited returns the clause of a refusal; nil if there is none.
func cited(r *clause.Refusal) *string {
	if r == nil {
		return nil
	}
	return r.Cited()
}

// remedy returns the remedy of a refusal in the reader's language. If it names an
// operation that the reader's roles don't allow, it describes the permission that this
// takes instead of naming the operation. A service key always sees the operation,
// because it passes the remedy on to the customer.
func (r *Resolver) remedy(ctx context.Context, refusal *clause.Refusal) *clause.Told {
	if refusal == nil {
		return nil
	}
	remedy := refusal.Told(language(ctx))
	if remedy == nil || remedy.Operation == nil {
		return remedy
	}
	asked, p := asks()[*remedy.Operation], authz.From(ctx)
	if asked == authz.None || p.Kind == authz.Key || p.HoldsAnywhere(asked, r.store().Now()) {
		return remedy
	}
	description := remedy.Description + " " + clause.Text{ZH: "这需要 {permission} 权限，请由持有该权限的人员操作。",
		EN: "This requires the permission {permission}, which you don't hold. Ask somebody who holds it."}.
		In(language(ctx), map[string]any{"permission": asked.Enum()})
	return &clause.Told{Description: description}
}

// asks returns the permission that each operation asks for with @can,
// by the operation's name.
var asks = sync.OnceValue(func() map[string]authz.Permission {
	asked := map[string]authz.Permission{}
	schema := Published(true)
	for _, f := range append(schema.Query.Fields, schema.Mutation.Fields...) {
		if can := f.Directives.ForName("can"); can != nil {
			p, ok := authz.ParsePermission(can.Arguments.ForName("do").Value.Raw)
			if !ok {
				panic("graph: @can of " + f.Name + " names an unknown permission")
			}
			asked[f.Name] = p
		}
	}
	return asked
})

// WarmUp builds the table of permissions that the first refusal would otherwise wait
// for. The server calls it before it is ready.
func WarmUp() { asks() }

// params returns the figures of a refusal as data; nil if there are none.
func params(ctx context.Context, r *clause.Refusal) any {
	if r == nil {
		return nil
	}
	if data := r.Data(language(ctx)); data != nil {
		return data
	}
	return nil
}
