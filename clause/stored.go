package clause

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// storedRefusal is a refusal in the form in which it is stored for a replay. It
// holds no rendered text: the text is rendered in the language of the reader.
type storedRefusal struct {
	Code   string                 `json:"code"`
	Clause Ref                    `json:"clause,omitempty"`
	Field  []string               `json:"field,omitempty"`
	Params map[string]storedParam `json:"params,omitempty"`
	// Remedy is only stored if it isn't the declared one.
	Remedy *storedRemedy `json:"remedy,omitempty"`
}

type storedRemedy struct {
	Text      Text                   `json:"text"`
	Plain     *Text                  `json:"plain,omitempty"`
	Operation string                 `json:"operation,omitempty"`
	Input     map[string]storedParam `json:"input,omitempty"`
}

// storedParam is a parameter: either a text in both languages, or a value with
// the form in which it appears in a text.
type storedParam struct {
	Text  *Text           `json:"text,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
	Said  string          `json:"said,omitempty"`
}

// quoted is a value that appears in a text as it did the first time.
type quoted struct {
	json.RawMessage
	text string
}

// String returns the form in which the value appears in a text.
func (s quoted) String() string { return s.text }

// MarshalJSON writes a refusal so that it can be rendered again later, in any
// language: its code, clause, field and parameters, and its remedy if that
// isn't the declared one. The cause is left out.
func (r Refusal) MarshalJSON() ([]byte, error) {
	kept := storedRefusal{Code: r.Code, Clause: r.Clause, Field: r.Field}
	var err error
	if kept.Params, err = keepParams(r.Params); err != nil {
		return nil, err
	}
	if declared, _ := Declared(r.Code); r.Remedy != nil && !reflect.DeepEqual(r.Remedy, declared.Remedy) {
		kept.Remedy = &storedRemedy{Text: r.Remedy.Text, Operation: r.Remedy.Operation}
		if r.Remedy.Plain.EN != "" {
			kept.Remedy.Plain = &r.Remedy.Plain
		}
		if kept.Remedy.Input, err = keepParams(r.Remedy.Input); err != nil {
			return nil, err
		}
	}
	return json.Marshal(kept)
}

// UnmarshalJSON reads what [Refusal.MarshalJSON] wrote. The code must be
// declared.
func (r *Refusal) UnmarshalJSON(b []byte) error {
	var s storedRefusal
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	declared, ok := Declared(s.Code)
	if !ok {
		return fmt.Errorf("clause: refusal %q isn't declared", s.Code)
	}
	declared.Clause, declared.Field = s.Clause, s.Field
	var err error
	if declared.Params, err = readParams(s.Params); err != nil {
		return err
	}
	if s.Remedy != nil {
		input, err := readParams(s.Remedy.Input)
		if err != nil {
			return err
		}
		remedy := Remedy{Text: s.Remedy.Text, Operation: s.Remedy.Operation, Input: input}
		if s.Remedy.Plain != nil {
			remedy.Plain = *s.Remedy.Plain
		}
		declared = declared.Lift(remedy)
	}
	*r = declared
	return nil
}

func keepParams(params map[string]any) (map[string]storedParam, error) {
	if len(params) == 0 {
		return nil, nil
	}
	kept := make(map[string]storedParam, len(params))
	for name, v := range params {
		switch v := v.(type) {
		case guarded: // it was not shown, so it is not stored
			continue
		case Text:
			kept[name] = storedParam{Text: &v}
			continue
		}
		raw, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("clause: parameter %s: %w", name, err)
		}
		kept[name] = storedParam{Value: raw, Said: say(v)}
	}
	return kept, nil
}

func readParams(kept map[string]storedParam) (map[string]any, error) {
	if kept == nil {
		return nil, nil
	}
	params := make(map[string]any, len(kept))
	for name, p := range kept {
		switch {
		case p.Text != nil:
			params[name] = *p.Text
		case bytes.HasPrefix(p.Value, []byte{'"'}):
			var s string
			if err := json.Unmarshal(p.Value, &s); err != nil {
				return nil, err
			}
			if params[name] = s; s != p.Said {
				params[name] = quoted{p.Value, p.Said}
			}
		default:
			params[name] = quoted{p.Value, p.Said}
		}
	}
	return params, nil
}
