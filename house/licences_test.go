package house_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// accepted are the licences under which a module may be used in Portico. Those
// of the second line require that changes of their files are published; the
// project changes none.
var accepted = []string{
	"MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC",
	"MPL-2.0",
}

// phrases identify a licence by words that only it has, longer ones first.
var phrases = []struct{ licence, words string }{
	{"AGPL-3.0", "GNU AFFERO GENERAL PUBLIC LICENSE"},
	{"LGPL-3.0", "GNU LESSER GENERAL PUBLIC LICENSE"},
	{"MPL-2.0", "Mozilla Public License,? [Vv]ersion 2\\.0"},
	{"GPL", "GNU GENERAL PUBLIC LICENSE"},
	{"Apache-2.0", "Apache License,? Version 2\\.0"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"ISC", "Permission to use, copy, modify, and/?o?r? ?distribute this software for any purpose with or without fee"},
	{"BSD-3-Clause", "Redistribution and use in source and binary forms.*(Neither the name|names of its contributors|name of .* may not be used)"},
	{"BSD-2-Clause", "Redistribution and use in source and binary forms"},
}

// licenceFile matches the name of the file with a module's own licence. Other
// files beside it are licences of what the module contains.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying)(\.(txt|md))?$`)

// licenceOf returns the licence in a module's folder; "" if it isn't a known
// one.
func licenceOf(dir string) (string, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, f := range files {
		if f.IsDir() || !licenceFile.MatchString(f.Name()) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return "", err
		}
		return licenceIn(string(b)), nil
	}
	return "", nil
}

func licenceIn(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	for _, p := range phrases {
		if regexp.MustCompile(p.words).MatchString(text) {
			return p.licence
		}
	}
	return ""
}

// used is a module that a package of the project or its tests needs.
type used struct{ Path, Version, Dir string }

// modules returns the modules that are compiled into the programs and tests:
// those that `go list -deps` reaches, not all that go.mod names.
func modules(t *testing.T) []used {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-test", "-json=Module", "./...")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := map[used]bool{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			Module *struct {
				used
				Main bool
			}
		}
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			all := make([]used, 0, len(linked))
			for m := range linked {
				all = append(all, m)
			}
			slices.SortFunc(all, func(a, b used) int { return strings.Compare(a.Path, b.Path) })
			return all
		case err != nil:
			t.Fatal(err)
		}
		if p.Module != nil && !p.Module.Main {
			linked[p.Module.used] = true
		}
	}
}

// allowed reads deps.allow, which has a module and its licence on each line.
func allowed(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open("deps.allow")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	list, before := map[string]string{}, ""
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if len(words) != 2 || !slices.Contains(accepted, words[1]) {
			t.Errorf("deps.allow: %q is not a module and an accepted licence %v", lines.Text(), accepted)
			continue
		}
		if words[0] <= before {
			t.Errorf("deps.allow: %s is out of order", words[0])
		}
		list[words[0]], before = words[1], words[0]
	}
	return list
}

func TestModulesAreReviewedAndTheirLicencesAccepted(t *testing.T) {
	list := allowed(t)
	for _, m := range modules(t) {
		licence, err := licenceOf(m.Dir)
		switch {
		case err != nil:
			t.Errorf("%s %s: %v", m.Path, m.Version, err)
		case list[m.Path] == "":
			t.Errorf("%s %s (%s) is not in house/deps.allow: review it, then add a line", m.Path, m.Version, licence)
		case list[m.Path] != licence:
			t.Errorf("%s %s carries %q, house/deps.allow says %s", m.Path, m.Version, licence, list[m.Path])
		}
	}
}

func TestTheListNamesNothingThatTheProjectDoesNotKnow(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct{ Require []struct{ Path string } }
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, r := range mod.Require {
		known[r.Path] = true
	}
	for m := range allowed(t) {
		if !known[m] {
			t.Errorf("%s is in house/deps.allow and no longer in go.mod: remove the line", m)
		}
	}
}

func TestLicencesAreDistinguished(t *testing.T) {
	for text, want := range map[string]string{
		"MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a\ncopy of": "MIT",
		"                 Apache License\n           Version 2.0, January 2004":                           "Apache-2.0",
		"Redistribution and use in source and binary forms, with or without\n … Neither the name of":      "BSD-3-Clause",
		"Redistribution and use in source and binary forms, with or without\n modification":               "BSD-2-Clause",
		"Mozilla Public License Version 2.0 … GNU General Public License, Version 2.0":                    "MPL-2.0",
		"GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3":                                                   "AGPL-3.0",
		"GNU GENERAL PUBLIC LICENSE\n Version 3":                                                          "GPL",
		"Business Source License 1.1":                                                                     "",
		"All rights reserved.":                                                                            "",
	} {
		if got := licenceIn(text); got != want {
			t.Errorf("%.30q is %q, want %q", text, got, want)
		}
	}
	if _, err := licenceOf(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing folder gives %v", err)
	}
}
