package web

import (
	"context"
	"net/http"

	"portico/authz"
	"portico/portal"
	"portico/portal/kernel/live"
	"portico/server/config"
	"portico/server/transport"
)

// streams returns the streams of a portal, with the limits of the settings.
func streams(p *portal.Portal, c config.Config, from origins, b *budgets) *transport.Live {
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
			return authenticate(r.Context(), p.Store, token, address(r, c.Proxies()), shortened(r.UserAgent()))
		},
		Holders: live.HoldersOf(p.Store),
	})
}
