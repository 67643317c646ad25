package clause

import (
	"errors"
	"strings"
)

// Refusals holds several refusals that are returned together: everything that
// is wrong with an input, in the order of its fields. As an error it matches
// each of them ([errors.Is]); [errors.As] with a single [Refusal] finds the
// first.
type Refusals []Refusal

// Error returns the text for logs.
func (l Refusals) Error() string {
	texts := make([]string, len(l))
	for i, r := range l {
		texts[i] = r.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns the refusals as errors.
func (l Refusals) Unwrap() []error {
	errs := make([]error, len(l))
	for i, r := range l {
		errs[i] = r
	}
	return errs
}

// Err returns the refusals as an error: nil for none, and a single one as
// itself.
func (l Refusals) Err() error {
	switch len(l) {
	case 0:
		return nil
	case 1:
		return l[0]
	}
	return l
}

// Refused returns all refusals that an error holds, in their order. It returns
// none for any other error.
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

// Check collects what is wrong with an input, so that the caller gets all
// refusals at once. The zero Check is ready to use:
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

// Add adds the result of checking one field. A nil error is ignored, and a
// refusal by a rule is collected. Any other error ends the command, regardless
// of what was collected.
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

// Err returns everything that was added; nil if nothing is wrong.
func (c *Check) Err() error {
	if c.broke != nil {
		return c.broke
	}
	return c.found.Err()
}
