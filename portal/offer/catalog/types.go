package catalog

// TermUnit is the unit of a prepaid term.
type TermUnit string

// The units.
const (
	TermMonth TermUnit = "MONTH"
	TermYear  TermUnit = "YEAR"
)

// TermInput is a length of time to pay in advance.
type TermInput struct {
	// Unit of the term.
	Unit TermUnit `json:"unit"`
	// Count of units, 1 to 36.
	Count int `json:"count"`
}
