package command

import "portico/authz"

// Becomes is embedded by the payload of a command after which the rest of the
// request acts as another principal: the person that has registered, or the same
// person with what it holds now. The operation is marked @becomes in the schema,
// where package guard lets the request go on as that principal. A stored answer
// doesn't hold it: who sends the command again acts as it is read then.
type Becomes struct{ principal *authz.Principal }

// BecomesAs returns what a payload embeds for a principal.
func BecomesAs(p *authz.Principal) Becomes { return Becomes{p} }

// Principal returns the principal that the request goes on as, nil if it stays
// who it is.
func (b Becomes) Principal() *authz.Principal { return b.principal }
