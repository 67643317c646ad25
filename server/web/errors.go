package web

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"portico/clause"
	"portico/server/metrics"
	"portico/server/transport"
)

// presented returns an error as it is shown, and counts internal errors and timeouts.
func presented(ctx context.Context, err error) *gqlerror.Error {
	shown := transport.Present(ctx, err)
	code, _ := shown.Extensions["code"].(string)
	metrics.Shown(ctx, code)
	return shown
}

// turnAway answers a request that isn't served with an error in the API's format.
func turnAway(w http.ResponseWriter, r *http.Request, status int, err error) {
	ctx := clause.WithLang(r.Context(), transport.Language(r.Header.Get("Accept-Language")))
	shown := presented(ctx, err)
	h := w.Header()
	if wait, ok := shown.Extensions["retryAfter"]; ok {
		h.Set("Retry-After", fmt.Sprint(wait))
	}
	body, err := json.Marshal(map[string]any{"errors": []any{shown}})
	if err != nil {
		panic(err) // errors are shown as JSON everywhere
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		slog.Debug("answer not written", "error", err)
	}
}
