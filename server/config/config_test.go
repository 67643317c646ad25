package config_test

import (
	"strings"
	"testing"
	"time"

	"portico/server/config"
	"portico/server/servertest"
)

func TestAWrongSettingIsRefusedByItsName(t *testing.T) {
	right := servertest.Settings(t)
	if err := right.Check(); err != nil {
		t.Fatal(err)
	}
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAA"
	for _, gateway := range []string{"https://gateway.example.com", "http://127.0.0.1:8000", "http://localhost/sms", "http://[::1]:8000"} {
		s := right
		s.SMSWebhook, s.SMSSecret = gateway, secret
		if err := s.Check(); err != nil {
			t.Errorf("5.7: %s: %v", gateway, err)
		}
	}
	for _, c := range []struct {
		name  string
		wrong func(*config.Config)
	}{
		{"listen", func(c *config.Config) { c.Listen = "8080" }},
		{"listen", func(c *config.Config) { c.Listen = "127.0.0.1:http-alt" }},
		{"listen", func(c *config.Config) { c.Listen = "127.0.0.1:65536" }},
		{"private", func(c *config.Config) { c.Private = "9090" }},
		{"base-url", func(c *config.Config) { c.BaseURL = "portico.example.com" }},
		{"base-url", func(c *config.Config) { c.BaseURL = "ftp://portico.example.com" }},
		{"trusted-proxies", func(c *config.Config) { c.TrustedProxies = []string{"10.0.0.1"} }},
		{"trust", func(c *config.Config) { c.Trust = "perhaps" }},
		{"documents", func(c *config.Config) { c.Trust = "require" }},
		{"budget", func(c *config.Config) { c.Budget = -2 }},
		{"drain", func(c *config.Config) { c.Drain = -time.Second }},
		{"body-limit", func(c *config.Config) { c.BodyLimit = 1023 }},
		{"request-timeout", func(c *config.Config) { c.RequestTimeout = 99 * time.Millisecond }},
		{"stop-timeout", func(c *config.Config) { c.StopTimeout = -time.Second }},
		{"clock-skew", func(c *config.Config) { c.ClockSkew = -time.Second }},
		{"memory-limit", func(c *config.Config) { c.MemoryLimit = -1 }},
		{"log-level", func(c *config.Config) { c.LogLevel = "loud" }},
		{"smtp", func(c *config.Config) { c.SMTP = "mail.example.com:587" }},
		{"mail-from", func(c *config.Config) { c.SMTP, c.MailFrom = "smtp://localhost", "nobody" }},
		{"sms-webhook", func(c *config.Config) { c.SMSWebhook, c.SMSSecret = "gateway", secret }},
		{"sms-webhook", func(c *config.Config) { c.SMSSecret = secret }},
		{"sms-webhook", func(c *config.Config) { c.SMSWebhook, c.SMSSecret = "http://gateway.example.com", secret }},
		{"sms-webhook", func(c *config.Config) { c.SMSWebhook, c.SMSSecret = "http://127.0.0.1.example.com", secret }},
		{"open-requests", func(c *config.Config) { c.OpenRequests = -1 }},
		{"visitor-commands", func(c *config.Config) { c.VisitorCommands = -1 }},
		{"sms-secret", func(c *config.Config) { c.SMSWebhook = "https://gateway.example.com" }},
	} {
		s := right
		c.wrong(&s)
		err := s.Check()
		if err == nil || !strings.Contains(err.Error(), "--"+c.name) {
			t.Errorf("--%s: %v", c.name, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("--%s reveals a secret", c.name)
		}
	}
}
