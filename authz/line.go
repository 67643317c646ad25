package authz

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"portico/clause"
)

// Line is one line of a policy: a decision about a permission, or what a role has
// besides.
type Line struct {
	// Subject is a role, a part of roles ("part:NAME"), a restriction of standing
	// ("when:CODE"), or "anyone".
	Subject string
	// Has is the role or part whose permissions the subject has too. It is "" in a
	// decision; the next two fields are then set.
	Has        string
	Permission Permission
	Allow      bool
	// Clause is the last column; a line that denies has one.
	Clause clause.Ref
	// Section is the clause in brackets at the end of the heading "# ---- …"
	// that the line stands under, if it has one.
	Section clause.Ref
}

// Restriction reports whether the line says what a restriction of standing
// denies.
func (l Line) Restriction() bool { return strings.HasPrefix(l.Subject, whenPrefix) }

// Ground is the clause that the line rests on: its own; else of what operators
// decide by, the one that asks for the decision; else that of its section. Empty
// where there is none.
func (l Line) Ground() clause.Ref {
	if l.Clause != "" {
		return l.Clause
	}
	if ref, decides := l.Permission.Decides(); decides {
		return ref
	}
	return l.Section
}

// String is the line's subject, permission and effect, "owner order:place allow",
// or its subject and what that has besides, "owner has administrator".
func (l Line) String() string {
	if l.Has != "" {
		return l.Subject + " has " + l.Has
	}
	return l.Subject + " " + l.Permission.String() + " " + l.effect()
}

func (l Line) effect() string {
	if l.Allow {
		return "allow"
	}
	return "deny"
}

var heading = regexp.MustCompile(`^# ----.*?(?:\(([0-9.]+)\))?\s*$`)

// Lines reads a policy as it is written in policy.csv. It fails on any line that
// it doesn't wholly understand.
func Lines(policy string) ([]Line, error) {
	sections := []clause.Ref{""} // by the number of a line of the text
	for text := range strings.SplitSeq(policy, "\n") {
		section := sections[len(sections)-1]
		if found := heading.FindStringSubmatch(text); found != nil {
			section = clause.Ref(found[1])
		}
		sections = append(sections, section)
	}
	r := csv.NewReader(strings.NewReader(policy))
	r.Comment, r.TrimLeadingSpace, r.FieldsPerRecord = '#', true, -1
	var lines []Line
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, fmt.Errorf("policy: %w", err)
		}
		l, err := readLine(fields)
		if err != nil {
			return nil, err
		}
		at, _ := r.FieldPos(0)
		l.Section = sections[at]
		lines = append(lines, l)
	}
}

func readLine(fields []string) (Line, error) {
	text := strings.Join(fields, ",")
	switch {
	case len(fields) == 3 && fields[0] == "g":
		return readInheritance(text, fields[1], fields[2])
	case len(fields) != 6 || fields[0] != "p":
		return Line{}, fmt.Errorf("policy: line %q is not understood", text)
	}
	p, known := byName[fields[2]+":"+fields[3]]
	l := Line{Subject: fields[1], Permission: p, Allow: fields[4] == "allow", Clause: clause.Ref(fields[5])}
	if !known || l.effect() != fields[4] {
		return l, fmt.Errorf("policy: line %q is not understood", text)
	}
	if l.Allow == (l.Restriction() || l.Subject == anyone) || !l.Allow && l.Clause == "" || l.Subject == "" {
		return l, fmt.Errorf("policy: %q: roles allow; restrictions and anyone deny, by a clause", text)
	}
	return l, nil
}

// readInheritance reads that a role has what another has. A part consists of parts
// only, so that a role stays what its own lines say.
func readInheritance(text, subject, has string) (Line, error) {
	l := Line{Subject: subject, Has: has}
	for _, name := range []string{subject, has} {
		if name == "" || name == anyone || strings.HasPrefix(name, whenPrefix) {
			return l, fmt.Errorf("policy: %q: a role or a part has what another role or part has", text)
		}
	}
	if isPart(subject) && !isPart(has) {
		return l, fmt.Errorf("policy: %q: a part has other parts only", text)
	}
	return l, nil
}

// isPart reports whether a subject is a part of roles: what several have in common.
func isPart(subject string) bool { return strings.HasPrefix(subject, partPrefix) }
