package graph

import (
	"context"
	"sync"

	"portico/authz"
	"portico/clause"
)

// cited is the clause of a refusal, if there is one.
func cited(r *clause.Refusal) *string {
	if r == nil {
		return nil
	}
	return r.Cited()
}

// remedy is what would lift a refusal, in the reader's language. An operation
// that the reader's roles don't allow isn't named to it: it is told who does it.
// A program of the provider's passes on to the customer what it is told.
func (r *Resolver) remedy(ctx context.Context, refusal *clause.Refusal) *clause.Told {
	if refusal == nil {
		return nil
	}
	told := refusal.Told(language(ctx))
	if told == nil || told.Operation == nil {
		return told
	}
	asked, p := asks()[*told.Operation], authz.From(ctx)
	if asked == authz.None || p.Kind == authz.Key || p.HoldsAnywhere(asked, r.store().Now()) {
		return told
	}
	description := told.Description + " " + clause.Text{ZH: "这需要 {permission} 权限，请由持有该权限的人员操作。",
		EN: "That takes the permission {permission}, which you don't hold: have somebody do it who does."}.
		In(language(ctx), map[string]any{"permission": asked.Enum()})
	return &clause.Told{Description: description}
}

// asks are the permissions that the operations ask for, by their names.
var asks = sync.OnceValue(func() map[string]authz.Permission {
	asked := map[string]authz.Permission{}
	schema := Published(true)
	for _, f := range append(schema.Query.Fields, schema.Mutation.Fields...) {
		if can := f.Directives.ForName("can"); can != nil {
			p, ok := authz.ParsePermission(can.Arguments.ForName("do").Value.Raw)
			if !ok {
				panic("graph: @can of " + f.Name)
			}
			asked[f.Name] = p
		}
	}
	return asked
})

// WarmUp makes what the first refusal would wait for.
func WarmUp() { asks() }

// params are the figures of a refusal, as data; nil where there are none.
func params(ctx context.Context, r *clause.Refusal) any {
	if r == nil {
		return nil
	}
	if data := r.Data(language(ctx)); data != nil {
		return data
	}
	return nil
}
