// Package graph is the API: the schema in schema/, a resolver a field, and
// what stands around them. A resolver parses nothing, decides nothing and maps
// nothing: it calls a command or reads, and returns.
package graph

import (
	"context"

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

// language is the reader's.
func language(ctx context.Context) clause.Lang { return clause.LangOf(ctx) }

// inLanguage picks the text in the reader's language.
func inLanguage(ctx context.Context, zh, en string) string {
	return clause.Text{ZH: zh, EN: en}.In(language(ctx), nil)
}

// kept is a text that a document keeps in both languages, in the caller's; nil
// if it keeps none.
func kept(ctx context.Context, zh, en *string) *string {
	if zh == nil || en == nil {
		return nil
	}
	text := inLanguage(ctx, *zh, *en)
	return &text
}
