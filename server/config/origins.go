package config

import (
	"net/url"
	"strings"
)

// ParseOrigin reads an origin as browsers write it; it returns false if text has
// more than scheme, host and port.
func ParseOrigin(text string) (origin string, ok bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.Contains(u.Host, "*") ||
		u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", false
	}
	host := strings.ToLower(u.Host)
	host = strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
	return u.Scheme + "://" + host, true
}

// checkOrigins refuses what is no origin.
func (c *Config) checkOrigins() error {
	for _, text := range c.Origins {
		if _, ok := ParseOrigin(text); !ok {
			return Wrong("origins", "want origins such as https://console.example.com, without a path; * is none")
		}
	}
	return nil
}
