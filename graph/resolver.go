// Package graph is the API: the schema in schema/, a resolver a field, and
// what stands around them. A resolver parses nothing, decides nothing and maps
// nothing: it calls a command or reads, and returns.
package graph

import (
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/portal"
)

// Resolver is the root of all resolvers.
type Resolver struct {
	// Portal is what the API shows.
	Portal *portal.Portal
}

// store is the portal's.
func (r *Resolver) store() *ent.Store { return r.Portal.Store }

// read is the client for reads.
func (r *Resolver) read() *db.Client { return r.Portal.Store.Read() }

// refusable is a payload that can carry a refusal.
type refusable[P any] interface {
	*P
	Refuse(clause.Refusal)
}

// answer turns the refusals of a command into the payload's userErrors; what
// the program got wrong, and what broke, stays an error.
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
