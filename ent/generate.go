// Package ent is the door to Portico's data: it opens the database, owns
// transactions, holds every read and write within the principal's accounts
// (tenancy), and seals personal data. It is the only place that speaks SQL.
package ent

//go:generate go tool ent generate --target ./db --feature intercept,sql/execquery --template ./template ./schema
