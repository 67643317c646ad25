package command

import "portico/authz"

// Becomes is embedded by the payload of a command after which the rest of the
// request acts as another principal: the person that has registered, or the
// same person with its present grants. The operation is marked @becomes in the
// schema, and package guard continues the request as that principal. A stored
// answer doesn't hold it: a repeated request acts as its principal is read
// then.
type Becomes struct{ principal *authz.Principal }

// BecomesAs returns what a payload embeds for a principal.
func BecomesAs(p *authz.Principal) Becomes { return Becomes{p} }

// Principal returns the principal that the request continues as, nil if it
// doesn't change.
func (b Becomes) Principal() *authz.Principal { return b.principal }
