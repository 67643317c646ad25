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

// Line is one decision of a policy.
type Line struct {
	// Subject is a role, a restriction of standing ("when:CODE"), or "anyone".
	Subject    string
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

// String is the line's subject, permission and effect: "owner order:read allow".
func (l Line) String() string {
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
	r.Comment, r.TrimLeadingSpace, r.FieldsPerRecord = '#', true, 6
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
	p, known := byName[fields[2]+":"+fields[3]]
	l := Line{Subject: fields[1], Permission: p, Allow: fields[4] == "allow", Clause: clause.Ref(fields[5])}
	if !known || fields[0] != "p" || l.effect() != fields[4] {
		return l, fmt.Errorf("policy: line %q is not understood", strings.Join(fields, ","))
	}
	if l.Allow == (l.Restriction() || l.Subject == anyone) || !l.Allow && l.Clause == "" || l.Subject == "" {
		return l, fmt.Errorf("policy: %q: roles allow; restrictions and anyone deny, by a clause", strings.Join(fields, ","))
	}
	return l, nil
}
