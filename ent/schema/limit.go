package schema

// Limit is one limit of a plan (2.3, 2.4): how much of a metric, under which
// clause, and what happens beyond it.
type Limit struct {
	Metric   string `json:"metric"`
	Quantity string `json:"quantity"`
	Clause   string `json:"clause"`
	// Effect is REFUSE (one more is refused) or OBLIGE (an obligation opens;
	// nothing is cut).
	Effect string `json:"effect"`
	// Figure names the figure of the agreement that gives the quantity for an
	// account, if a signed agreement may override it (13.3).
	Figure string `json:"figure,omitempty"`
	// LiftedBy are the codes of the plans of the product that lift the limit: the
	// remedy of its refusal, best first.
	LiftedBy []string `json:"liftedBy,omitempty"`
	// Period is DAY for a limit of a day's sum, empty for a gauge.
	Period string `json:"period,omitempty"`
	// Scope is APPLICATION for a limit of each application by itself, empty for one
	// that is counted over all applications of the account.
	Scope string `json:"scope,omitempty"`
}
