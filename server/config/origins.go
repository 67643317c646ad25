package config

import (
	"net/url"
	"strings"
)

// ParseOrigin returns an origin in the notation of browsers. It returns false if text
// isn't an http or https URL of only a scheme, a host and a port.
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

// checkPasskeyDomain refuses a --passkey-domain that no page can use.
func (c *Config) checkPasskeyDomain() error {
	if c.PasskeyDomain == "" {
		return nil
	}
	for _, text := range append([]string{c.BaseURL, c.FrontendURL}, c.Origins...) {
		if u, err := url.Parse(text); err == nil && (u.Hostname() == c.PasskeyDomain || strings.HasSuffix(u.Hostname(), "."+c.PasskeyDomain)) {
			return nil
		}
	}
	return Wrong("passkey-domain", "want the host of --base-url, --frontend-url or one of --origins, or a domain above it, in lower case")
}

// checkOrigins refuses an --origins that holds anything else than origins.
func (c *Config) checkOrigins() error {
	for _, text := range c.Origins {
		if _, ok := ParseOrigin(text); !ok {
			return Wrong("origins", "want origins such as https://console.example.com, without a path and without *")
		}
	}
	return nil
}
