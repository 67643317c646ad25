// Package db stands for ent's generated code.
package db

import "context"

// Client is the whole client.
type Client struct {
	Order       *OrderClient
	LedgerEntry *LedgerEntryClient
}

// NewClient makes one.
func NewClient() *Client { return nil }

// ExecContext runs SQL.
func (*Client) ExecContext(context.Context, string) error { return nil }

// Order is a row.
type Order struct{}

// LedgerEntry is a row.
type LedgerEntry struct{}

// Update begins a mutation.
func (*Order) Update() *OrderUpdateOne { return nil }

// QueryLines reads.
func (*Order) QueryLines() {}

// OrderUpdateOne is a mutation.
type OrderUpdateOne struct{}

// OrderClient is the client of an entity.
type OrderClient struct{}

// Create begins a mutation.
func (*OrderClient) Create() {}

// Query reads.
func (*OrderClient) Query() {}

// Delete begins a mutation.
func (*OrderClient) Delete() {}

// LedgerEntryClient is the client of an entity.
type LedgerEntryClient struct{}

// CreateBulk begins a mutation.
func (*LedgerEntryClient) CreateBulk() {}
