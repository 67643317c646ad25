package clause

import "strings"

// Told is a remedy as it is shown to a reader: in one language, with the
// parameters of the refusal filled in.
type Told struct {
	Description string         `json:"description"`
	Operation   *string        `json:"operation,omitempty"`
	Input       map[string]any `json:"input,omitempty"`
}

// Told renders the remedy of a refusal; nil if it has none. An input "{name}"
// is replaced by the parameter of that name, of whatever type. It is left out
// if there is no such parameter, so the input may be incomplete.
func (r Refusal) Told(l Lang) *Told {
	if r.Remedy == nil {
		return nil
	}
	text := r.Remedy.Text
	if r.Remedy.Plain.EN != "" && r.hides(text) {
		text = r.Remedy.Plain
	}
	t := &Told{Description: text.In(l, r.Params)}
	if r.Remedy.Operation == "" {
		return t
	}
	t.Operation = &r.Remedy.Operation
	for field, value := range r.Remedy.Input {
		if s, ok := value.(string); ok && strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") {
			if value, ok = r.known(s[1 : len(s)-1]); !ok || value == "" {
				continue
			}
		}
		if t.Input == nil {
			t.Input = map[string]any{}
		}
		t.Input[field] = wire(value)
	}
	return t
}

// Cited returns the clause; nil if the refusal rests on none.
func (r Refusal) Cited() *string {
	if r.Clause == "" {
		return nil
	}
	s := string(r.Clause)
	return &s
}
