//go:build !mutants

package clause

// Value is the text of the value in force.
func (f Figure) Value() string {
	if f.override != "" {
		return f.override
	}
	return f.Default
}
