package schema

// Limit is one limit of a plan (2.3, 2.4): a quantity of a metric, the clause,
// and what happens beyond it.
type Limit struct {
	Metric   string `json:"metric"`
	Quantity string `json:"quantity"`
	Clause   string `json:"clause"`
	// Effect is REFUSE (further use is refused) or OBLIGE (an obligation
	// arises; use continues).
	Effect string `json:"effect"`
	// Figure names the figure of the agreement that sets the quantity for an
	// account, if a signed agreement may override it (13.3).
	Figure string `json:"figure,omitempty"`
	// LiftedBy are the codes of the product's plans that lift the limit, best
	// first. They are the remedy of its refusal.
	LiftedBy []string `json:"liftedBy,omitempty"`
	// Period is DAY for a limit of the total of a day, and empty for a gauge.
	Period string `json:"period,omitempty"`
	// Scope is APPLICATION for a limit of each application separately, and
	// empty for a limit of all applications of the account together.
	Scope string `json:"scope,omitempty"`
}
