//go:build !mutants

package clause

// Value returns the text of the value in force.
func (f Figure) Value() string {
	if f.override != "" {
		return f.override
	}
	return f.Default
}
