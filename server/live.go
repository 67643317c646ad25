package server

import (
	"context"
	"net/http"

	"portico/authz"
	"portico/portal"
	"portico/portal/identity"
	"portico/portal/notice"
	"portico/server/transport"
)

// Bound sets the bounds of a portal's configuration that the settings name.
func (c *Config) Bound(p *portal.Config) { p.VisitorCommands = c.VisitorCommands }

// streams are the subscriptions of a portal, as the settings have them.
func streams(p *portal.Portal, c Config, from origins, b *budgets) *transport.Live {
	notice.Tune(p.Store, c.LivePoll, c.LiveAccount)
	identity.CheckEvery(p.Store, c.LiveCheck)
	return transport.NewLive(transport.LiveConfig{
		Init: c.LiveInit, Ping: c.LivePing, Operations: c.LiveOperations, Streams: c.LiveStreams,
		Origin: from.admits,
		Charge: func(ctx context.Context, bytes int) error {
			return b.take(ctx, costOfRequest+int64(bytes)>>10*costOfKiB)
		},
		Authenticate: func(r *http.Request, token string) (*authz.Principal, error) {
			if !plausible(token) {
				return nil, nil
			}
			return authenticate(r.Context(), p.Store, token, address(r, c.proxies), shortened(r.UserAgent()))
		},
		Again: func(ctx context.Context) (*authz.Principal, error) { return identity.Again(ctx, p.Store) },
		Watch: func(ctx context.Context, changed func(*authz.Principal)) { identity.Watch(ctx, p.Store, changed) },
	})
}
