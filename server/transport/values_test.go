package transport_test

import (
	"net/http"
	"strings"
	"testing"

	"portico/server/transport"
)

func TestABodyHoldsSoManyValues(t *testing.T) {
	h := handler(transport.Config{})
	const bound = 1 << 20 / 50
	// A body of one value counts its object; each comma and each bracket counts
	// one more.
	list := func(n int, value string) string { return strings.TrimSuffix(strings.Repeat(value+",", n), ",") }
	with := func(variables string) string { return `{"query":"{ hello }","variables":` + variables + `}` }
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"5.4: as many as the bound":                       {with(`{"a":[` + list(bound-3, "0") + `]}`), http.StatusOK, ""},
		"5.4: one more":                                   {with(`{"a":[` + list(bound-2, "0") + `]}`), http.StatusRequestEntityTooLarge, "QUERY_TOO_LARGE"},
		"5.4: objects":                                    {with(`{"a":[` + list(100_000, `{"a":1}`) + `]}`), http.StatusRequestEntityTooLarge, "QUERY_TOO_LARGE"},
		"5.4: what nobody reads":                          {`{"query":"{ hello }","more":[` + list(100_000, `{}`) + `]}`, http.StatusRequestEntityTooLarge, "QUERY_TOO_LARGE"},
		"5.4: nested as deep as the bound":                {with(`{"a":` + strings.Repeat("[", 62) + strings.Repeat("]", 62) + `}`), http.StatusOK, ""},
		"5.4: one level deeper":                           {with(`{"a":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `}`), http.StatusRequestEntityTooLarge, "QUERY_TOO_LARGE"},
		"5.4: what is written in a string is one value":   {with(`{"a":"` + strings.Repeat(`{[,\"`, 100_000) + `"}`), http.StatusOK, ""},
		"5.4: a document's own commas and braces are not": {`{"query":"{ hello` + strings.Repeat(",", 30_000) + `}"}`, http.StatusOK, ""},
	} {
		t.Run(name, func(t *testing.T) { post(t, h, c.body).want(c.status, c.code) })
	}
	t.Run("5.4: a longer body holds more", func(t *testing.T) {
		longer := handler(transport.Config{BodyLimit: func(*http.Request) int64 { return 4 << 20 }})
		post(t, longer, with(`{"a":[`+list(4*bound-3, "0")+`]}`)).want(http.StatusOK, "")
	})
	t.Run("5.4: an upload's operations are held to it too", func(t *testing.T) {
		h := handler(transport.Config{Uploads: &transport.Uploads{}})
		upload(t, h, form{operations: with(`{"a":[` + list(bound, "0") + `]}`), paths: `{}`, header: asked, by: somebody}).want(http.StatusRequestEntityTooLarge, "QUERY_TOO_LARGE")
	})
}
