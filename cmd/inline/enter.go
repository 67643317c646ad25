package main

import (
	"bytes"
	"fmt"
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// enter inserts, at the beginning of generated functions, the statements that enter
// the writers and readers: entries, by the name of the function. Fields are collected
// by inline.Collect throughout.
func enter(folder string, entries map[string]string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.generated.go"))
	if err != nil {
		return err
	}
	left := maps.Clone(entries)
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		changed, entered := entered(text, entries)
		for _, name := range entered {
			if _, is := left[name]; !is {
				return fmt.Errorf("%s: %s is there twice", path, name)
			}
			delete(left, name)
		}
		if bytes.Equal(changed, text) {
			continue
		}
		if changed, err = format.Source(changed); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := os.WriteFile(path, changed, 0o644); err != nil {
			return err
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("gqlgen's code has another form: it has no %v", slices.Sorted(maps.Keys(left)))
	}
	return nil
}

// collects is how gqlgen's code collects the fields of a selection.
var collects = []byte("= graphql.CollectFields(")

// entered is the text of a file with its entries and with the fields of selections
// kept for each document, and the functions that have an entry.
func entered(text []byte, entries map[string]string) ([]byte, []string) {
	var out [][]byte
	var names []string
	imported, collected := -1, false
	for line := range bytes.Lines(text) {
		out = append(out, line)
		if imported < 0 && bytes.HasPrefix(line, []byte("package ")) {
			imported = len(out)
		}
		if bytes.Contains(line, collects) {
			out[len(out)-1] = bytes.Replace(line, collects, []byte("= inline.Collect("), 1)
			collected = true
			continue
		}
		name, rest, is := bytes.Cut(bytes.TrimPrefix(line, []byte("func ")), []byte("("))
		if !is || !bytes.HasPrefix(line, []byte("func ")) || !bytes.HasSuffix(bytes.TrimSpace(rest), []byte("{")) {
			continue
		}
		if entry, is := entries[string(name)]; is {
			out = append(out, []byte(entry))
			names = append(names, string(name))
		}
	}
	if len(names) > 0 || collected {
		out = slices.Insert(out, imported, []byte("\nimport \"portico/graph/inline\"\n"))
	}
	return bytes.Join(out, nil), names
}
