package clause

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
)

// guarded is a parameter that is only shown to a reader who holds a permission.
type guarded struct {
	permission string
	value      any
}

// String keeps the value out of logs.
func (guarded) String() string { return "(guarded)" }

// WithFor adds a parameter that is only shown to a reader who holds a
// permission (such as "balance:read") on the account. In texts, remedy and data
// it is treated as missing until [Refusal.Reveal] finds that the reader holds
// the permission. If the text contains the parameter, [Refusal.Plain] replaces
// the text.
func (r Refusal) WithFor(permission fmt.Stringer, name string, value any) Refusal {
	return r.With(name, guarded{permission.String(), value})
}

// Reveal shows the guarded parameters whose permission the reader holds.
func (r Refusal) Reveal(holds func(permission string) bool) Refusal {
	for name, v := range r.Params {
		if g, ok := v.(guarded); ok && holds(g.permission) {
			r = r.With(name, g.value)
		}
	}
	return r
}

var brace = regexp.MustCompile(`\{([A-Za-z]+)\}`)

// names returns the parameters that a text contains.
func (t Text) names() []string {
	var names []string
	for _, found := range brace.FindAllStringSubmatch(t.EN+t.ZH, -1) {
		if !slices.Contains(names, found[1]) {
			names = append(names, found[1])
		}
	}
	return names
}

// ParamNames returns the parameters that a refusal returns as data, sorted:
// those that its texts contain, and those in Carries.
func (r Refusal) ParamNames() []string {
	names := append(r.Text.names(), r.Carries...)
	if r.Remedy != nil {
		names = append(names, r.Remedy.Text.names()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Data returns the parameters of a refusal for programs, by name: amounts as
// {amount, currency}, instants as RFC 3339 in UTC, numbers as numbers, and
// texts in the reader's language. It is nil if there are none.
func (r Refusal) Data(l Lang) map[string]any {
	names := r.ParamNames()
	for _, name := range names {
		if t, ok := r.Params[name].(Text); ok {
			names = append(names, t.names()...)
		}
	}
	var data map[string]any
	for _, name := range names {
		v, ok := r.known(name)
		if !ok {
			continue
		}
		if data == nil {
			data = map[string]any{}
		}
		if t, ok := v.(Text); ok {
			others := maps.Clone(r.Params)
			delete(others, name)
			v = t.In(l, others)
		}
		data[name] = wire(v)
	}
	return data
}

// known returns a parameter if the reader may see it.
func (r Refusal) known(name string) (any, bool) {
	v, ok := r.Params[name]
	if _, hidden := v.(guarded); hidden {
		return nil, false
	}
	return v, ok
}

// hides reports whether a text contains a parameter that the reader may not
// see.
func (r Refusal) hides(t Text) bool {
	return slices.ContainsFunc(t.names(), func(name string) bool {
		_, known := r.known(name)
		return !known
	})
}

// wire converts a parameter to data.
func wire(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case quoted:
		return v.RawMessage
	}
	return v
}

// say formats a parameter for a text. An instant is shown with its zone. If it
// is in UTC, it is shown in the zone of the standard agreement.
func say(v any) string {
	t, ok := v.(time.Time)
	if !ok {
		return fmt.Sprint(v)
	}
	if t.Location() == time.UTC {
		t = t.In(Standard(AgreementZone).Location())
	}
	layout := "2006-01-02 15:04"
	if t.Second() != 0 || t.Nanosecond() != 0 {
		layout += ":05"
	}
	_, east := t.Zone()
	zone := "UTC"
	if east != 0 {
		zone += fmt.Sprintf("%+d", east/3600)
	}
	if minutes := east / 60 % 60; minutes != 0 {
		zone += fmt.Sprintf(":%02d", max(minutes, -minutes))
	}
	return t.Format(layout) + " (" + zone + ")"
}
