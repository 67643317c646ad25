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

// Line is one line of a policy. It is either a decision about a permission, or
// an inheritance: the subject also has the permissions of another role.
type Line struct {
	// Subject is a role, a part of roles ("part:NAME"), a restriction of standing
	// ("when:CODE"), or "anyone".
	Subject string
	// Has is the role or part whose permissions the subject also has. It is ""
	// in a decision; the next two fields are then set.
	Has        string
	Permission Permission
	Allow      bool
	// Clause is the last column. A line that denies always has one.
	Clause clause.Ref
	// Section is the clause in brackets at the end of the heading "# ---- …"
	// above the line. It is empty if there is none.
	Section clause.Ref
}

// Restriction reports whether the line describes what a restriction of standing
// denies.
func (l Line) Restriction() bool { return strings.HasPrefix(l.Subject, whenPrefix) }

// Ground returns the clause that the line rests on: its own clause; otherwise
// the clause that requires operators to decide by this permission; otherwise
// the clause of its section. It is empty if there is none.
func (l Line) Ground() clause.Ref {
	if l.Clause != "" {
		return l.Clause
	}
	if ref, decides := l.Permission.Decides(); decides {
		return ref
	}
	return l.Section
}

// String returns the subject, permission and effect of a decision ("owner
// order:place allow"), or the two roles of an inheritance ("owner has
// administrator").
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

// Lines parses a policy in the format of policy.csv. It fails on any line that
// it doesn't understand completely.
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
		return l, fmt.Errorf("policy: %q: a role can only allow; a restriction and anyone can only deny, and need a clause", text)
	}
	return l, nil
}

// readInheritance parses a line by which a role inherits from another. A part
// may only inherit from parts, so that a role's own lines describe it
// completely.
func readInheritance(text, subject, has string) (Line, error) {
	l := Line{Subject: subject, Has: has}
	for _, name := range []string{subject, has} {
		if name == "" || name == anyone || strings.HasPrefix(name, whenPrefix) {
			return l, fmt.Errorf("policy: %q: only a role or a part can inherit, and only from a role or a part", text)
		}
	}
	if isPart(subject) && !isPart(has) {
		return l, fmt.Errorf("policy: %q: a part can only inherit from parts", text)
	}
	return l, nil
}

// isPart reports whether a subject is a part: a named set of permissions that
// several roles share.
func isPart(subject string) bool { return strings.HasPrefix(subject, partPrefix) }
