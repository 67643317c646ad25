package clause

import (
	"errors"
	"strings"
)

// Refusals are several refusals that are told at once: all that is wrong with
// an input, in the order of its fields. As an error it is each of them
// ([errors.Is], [errors.As]); who knows of one alone finds the first.
type Refusals []Refusal

// Error is for logs.
func (l Refusals) Error() string {
	texts := make([]string, len(l))
	for i, r := range l {
		texts[i] = r.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns each of the refusals.
func (l Refusals) Unwrap() []error {
	errs := make([]error, len(l))
	for i, r := range l {
		errs[i] = r
	}
	return errs
}

// Err is the refusals as an error: nil for none, one as itself.
func (l Refusals) Err() error {
	switch len(l) {
	case 0:
		return nil
	case 1:
		return l[0]
	}
	return l
}

// Refused returns every refusal that an error is, in their order; none for
// another error.
func Refused(err error) Refusals {
	var several Refusals
	if errors.As(err, &several) {
		return several
	}
	var one Refusal
	if errors.As(err, &one) {
		return Refusals{one}
	}
	return nil
}

// Check collects what is wrong with an input, so that a caller is told all of
// it at once. The zero Check is ready:
//
//	var check clause.Check
//	name, err := words("name", in.Name)
//	check.Add(err)
//	proof, err := words("proof", in.Proof)
//	check.Add(err)
//	if err := check.Err(); err != nil {
//		return nil, err
//	}
type Check struct {
	found Refusals
	broke error
}

// Add takes what looking at one field returned: nil is nothing, a refusal by a
// rule is collected, and any other error ends the command, whatever was
// collected.
func (c *Check) Add(err error) {
	if err == nil || c.broke != nil {
		return
	}
	found := Refused(err)
	for _, r := range found {
		if r.Class != ByRule {
			c.broke = err
			return
		}
	}
	if len(found) == 0 {
		c.broke = err
	}
	c.found = append(c.found, found...)
}

// Err is everything that was added; nil where nothing is wrong.
func (c *Check) Err() error {
	if c.broke != nil {
		return c.broke
	}
	return c.found.Err()
}
