package config

import (
	"os"
	"strings"

	"portico/portal/customer/account/number"
	"portico/portal/finance/invoice"
)

// invoices returns the seller on invoices and the additional fonts.
func (c *Config) invoices() (invoice.Seller, [][]byte, error) {
	seller := invoice.Seller{Name: strings.TrimSpace(c.InvoiceSeller)}
	switch {
	case seller.Name != "":
		code, err := number.CreditCode(c.InvoiceSellerNumber)
		if err != nil {
			return seller, nil, Wrong("invoice-seller-number", "want a unified social credit code")
		}
		seller.Number = code
	case c.InvoiceSellerNumber != "":
		return seller, nil, Wrong("invoice-seller", "a number is given, but no name")
	}
	fonts := make([][]byte, len(c.InvoiceFont))
	for i, path := range c.InvoiceFont {
		var err error
		if fonts[i], err = os.ReadFile(path); err != nil {
			return seller, nil, Wrong("invoice-font", err.Error())
		}
	}
	if _, err := invoice.NewPrinter(seller, fonts...); err != nil {
		return seller, nil, Wrong("invoice-font", err.Error())
	}
	return seller, fonts, nil
}
