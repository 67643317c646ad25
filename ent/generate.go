// Package ent provides all access to Portico's data. It opens the database,
// runs transactions, limits every read and write to the principal's accounts
// (tenancy), and seals personal data. No other package contains SQL.
package ent

//go:generate go tool ent generate --target ./db --feature intercept,sql/execquery --template ./template ./schema
//go:generate go run ./reuse
