package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"portico/portal"
	"portico/portal/finance/payment"
)

// Portal reads and opens what a portal needs, and returns its configuration: keys,
// uploaded files, payment channels, carriers of messages, the seller on invoices. The
// settings must have been checked. The caller closes Files of the configuration, unless
// it opens a portal with it, which then closes them.
func (c *Config) Portal(ctx context.Context) (portal.Config, error) {
	keys, err := c.LoadKeys(ctx)
	if err != nil {
		return portal.Config{}, err
	}
	seller, fonts, err := c.invoices()
	if err != nil {
		return portal.Config{}, err
	}
	channels, err := c.loadChannels()
	if err != nil {
		return portal.Config{}, err
	}
	files, err := c.OpenFiles(ctx)
	if err != nil {
		return portal.Config{}, err
	}
	carriers, err := c.carriers()
	if err != nil {
		return portal.Config{}, errors.Join(err, files.Close())
	}
	challenges, err := c.challenges()
	if err != nil {
		return portal.Config{}, errors.Join(err, files.Close())
	}
	settings := portal.Config{Carriers: carriers, Challenges: challenges, Database: c.Database, Pool: c.pool(), Keys: keys, Sandbox: c.Sandbox,
		PublicURL: strings.TrimRight(c.BaseURL, "/"), FrontendURL: strings.TrimRight(c.FrontendURL, "/"), PasskeyDomain: c.PasskeyDomain, Origins: c.Origins, Channels: channels, Files: files,
		InvoiceSeller: seller, InvoiceFonts: fonts}
	c.Bound(&settings)
	return settings, nil
}

// Bound copies the limits in the settings to a portal's configuration.
func (c *Config) Bound(p *portal.Config) {
	p.VisitorCommands = c.VisitorCommands
	p.Streams = portal.Streams{Check: c.LiveCheck, Poll: c.LivePoll, Account: c.LiveAccount}
}

// loadChannels reads the file of the payment channels, if there is one.
func (c *Config) loadChannels() (payment.Channels, error) {
	if c.Channels == "" {
		return payment.Channels{}, nil
	}
	text, err := os.ReadFile(c.Channels)
	if err != nil {
		return payment.Channels{}, fmt.Errorf("setting --channels: %w", err)
	}
	channels, err := payment.ParseChannels(text)
	if err != nil {
		return payment.Channels{}, fmt.Errorf("setting --channels: %w", err)
	}
	return channels, nil
}
