package sandbox_test

import (
	"testing"

	"portico/examples/sandbox"
)

func TestTheAddressOfASandboxIsEnough(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"http://127.0.0.1:8080":          "http://127.0.0.1:8080/graphql",
		"http://127.0.0.1:8080/":         "http://127.0.0.1:8080/graphql",
		"http://127.0.0.1:8080/graphql":  "http://127.0.0.1:8080/graphql",
		"http://127.0.0.1:8080/graphql/": "http://127.0.0.1:8080/graphql",
		"https://example.com/portico":    "https://example.com/portico/graphql",
	} {
		if got := sandbox.Endpoint(url); got != want {
			t.Errorf("%s is the API %s, want %s", url, got, want)
		}
	}
}
