package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// settings holds the settings of the file of --config, by the names of the
// flags.
type settings map[string]any

// readSettings reads the file of --config: a JSON object whose keys are the
// names of the flags (base-url or base_url).
func readSettings(r io.Reader) (kong.Resolver, error) {
	var given map[string]any
	if err := json.NewDecoder(r).Decode(&given); err != nil {
		return nil, fmt.Errorf("setting --config: not a JSON object: %w", err)
	}
	s := settings{}
	for name, value := range given {
		s[strings.ReplaceAll(name, "_", "-")] = value
	}
	return s, nil
}

// Validate returns an error for a name that is no flag. Otherwise a misspelt
// setting would silently have no effect.
func (s settings) Validate(app *kong.Application) error {
	known := map[string]bool{}
	flagsOf(app.Node, known)
	var unknown []string
	for name := range s {
		if !known[name] {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("setting --config: unknown settings: %s", strings.Join(unknown, ", "))
}

func flagsOf(n *kong.Node, into map[string]bool) {
	for _, f := range n.Flags {
		into[f.Name] = true
	}
	for _, c := range n.Children {
		flagsOf(c, into)
	}
}

// Resolve returns the value of a flag; nil if the file doesn't contain it.
func (s settings) Resolve(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
	return s[f.Name], nil
}
