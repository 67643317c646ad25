// Package graph is the GraphQL API: the schema in schema/, the resolvers of its fields,
// and the lists and batches that they read. A resolver doesn't parse, decide or map
// anything: it calls a command or reads, and returns.
package graph

import (
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/portal"
)

// Resolver is the root of all resolvers.
type Resolver struct {
	// Portal is the portal that the API serves.
	Portal *portal.Portal
}

// store returns the portal's store.
func (r *Resolver) store() *ent.Store { return r.Portal.Store }

// read returns the client for reads outside a transaction.
func (r *Resolver) read() *db.Client { return r.Portal.Store.Read() }

// refusable is a payload that can carry a refusal.
type refusable[P any] interface {
	*P
	Refuse(clause.Refusal)
}

// answer puts the refusals of a command that rest on a rule into the payload's
// userErrors. An error of the calling program or of the portal stays an error.
func answer[P any, R refusable[P]](payload *P, err error) (*P, error) {
	if refused := clause.Refused(err); len(refused) > 0 && refused[0].Class == clause.ByRule {
		p := new(P)
		for _, refusal := range refused {
			R(p).Refuse(refusal)
		}
		return p, nil
	}
	return payload, err
}
