package web

import (
	"context"
	"net/http"

	"portico/authz"
	"portico/ent/statement"
	"portico/graph"
	"portico/graph/guard"
	"portico/graph/limits"
	"portico/server/config"
	"portico/server/metrics"
	"portico/server/transport"
)

// Endpoint returns the handler of /graphql. An error names the setting that can't be
// used.
func (g *Gate) Endpoint() (http.Handler, error) {
	c := g.config
	es := graph.New(g.portal)
	exec := limits.Wrap(es, limits.Config{
		Price:           limits.Table(graph.Prices()),
		Charge:          g.budgets.charge,
		ChargeReading:   g.budgets.take,
		Spend:           g.budgets.spend,
		HideSchema:      !c.Introspection,
		HideSuggestions: !c.Introspection,
	})
	exec.AroundOperations(guard.AroundOperation)
	exec.AroundRootFields(guard.AroundRootField(g.portal.Store))
	exec.SetErrorPresenter(presented)
	metrics.Operations(es.Schema())
	exec.SetRecoverFunc(transport.Recover)
	trust, err := transport.ParseTrust(c.Trust)
	if err != nil {
		return nil, config.Wrong("trust", err.Error())
	}
	var documents *transport.Documents
	if trust != transport.Off {
		if documents, err = transport.LoadDocuments(es.Schema(), c.Documents...); err != nil {
			return nil, config.Wrong("documents", err.Error())
		}
	}
	return transport.New(exec, transport.Config{
		Origins: g.origins.protection,
		SessionEnded: func(ctx context.Context, p *authz.Principal) (bool, error) {
			now, err := statement.ReloadPrincipals(ctx, g.portal.Store, []*authz.Principal{p})
			return err == nil && now[0] == nil, err
		},
		Documents: documents, Trust: trust, Uploads: &transport.Uploads{}, Live: g.live, Timeout: c.RequestTimeout,
		BodyLimit: func(r *http.Request) int64 {
			if authz.From(r.Context()).Kind == authz.Key {
				return keysShare * c.BodyLimit
			}
			return c.BodyLimit
		},
	}), nil
}
