package config_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/portal/finance/invoice"
	"portico/server"
	"portico/server/config"
)

func TestSettingsOfInvoices(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.ttf")
	if err := os.WriteFile(broken, []byte("no font"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string]func(*config.Config){
		"--invoice-seller-number": func(c *config.Config) {
			c.InvoiceSeller, c.InvoiceSellerNumber = invoice.DemoSeller.Name, "91110108MA01PTKC50"
		},
		"--invoice-seller:": func(c *config.Config) { c.InvoiceSellerNumber = invoice.DemoSeller.Number },
		"--invoice-font":    func(c *config.Config) { c.InvoiceFont = []string{broken} },
		"--invoice-font: open": func(c *config.Config) {
			c.InvoiceFont = []string{filepath.Join(t.TempDir(), "none.ttf")}
		},
	} {
		c := config.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Trust: "off", BodyLimit: 1 << 20, RequestTimeout: 1e9}
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		set(&c)
		if _, err := server.Open(context.Background(), c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c := config.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Trust: "off", BodyLimit: 1 << 20, RequestTimeout: 1e9,
		InvoiceSeller: " " + invoice.DemoSeller.Name, InvoiceSellerNumber: strings.ToLower(invoice.DemoSeller.Number),
		InvoiceFont: []string{"../../portal/finance/invoice/font/NotoSansSC_400Regular.ttf"}}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	p, err := server.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
