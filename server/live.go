package server

import (
	"context"
	"net/http"

	"portico/authz"
	"portico/portal"
	"portico/portal/live"
	"portico/server/transport"
)

// Bound sets the bounds of a portal's configuration that the settings name.
func (c *Config) Bound(p *portal.Config) {
	p.VisitorCommands = c.VisitorCommands
	p.Streams = portal.Streams{Check: c.LiveCheck, Poll: c.LivePoll, Account: c.LiveAccount}
}

// streams are the subscriptions of a portal, as the settings have them.
func streams(p *portal.Portal, c Config, from origins, b *budgets) *transport.Live {
	return transport.NewLive(transport.LiveConfig{
		Init: c.LiveInit, Ping: c.LivePing, Operations: c.LiveOperations, Streams: c.LiveStreams, Total: c.LiveTotal,
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
		Holders: live.HoldersOf(p.Store),
	})
}
