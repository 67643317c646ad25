package config_test

import (
	"strings"
	"testing"

	"portico/server/servertest"
)

// Origins are written as browsers send them.
func TestAnOriginHasSchemeHostAndPortAlone(t *testing.T) {
	for _, wrong := range []string{"*", "https://*.example.com", "console.example.com", "https://console.example.com/", "https://console.example.com/app", "ftp://console.example.com", "null", "", "https://u@console.example.com", "https://console.example.com?x"} {
		c := servertest.Settings(t)
		c.Origins = []string{"https://console.example.com", wrong}
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), "--origins:") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}
