package ent

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect"

	"portico/authz"
)

// ruleFiles hold the rules, one file for each subject. A rule is one statement,
// so it sees one state of the database even while others write.
//
//go:embed rules/*.sql
var ruleFiles embed.FS

// Rule is a condition that rows of several tables must meet together.
type Rule struct {
	// Name is short and stable, in capital letters. Problem describes what is
	// wrong with the rows that the rule finds.
	Name, Problem string
	text          string
}

// Breach is one finding of a rule.
type Breach struct {
	// AccountID is the account of the row; empty if it belongs to none.
	AccountID string
	// Subject is the id of the row.
	Subject string
	// Currency is the currency of Want and Have if these are money in minor
	// units. Both are 0 if the rule isn't about numbers.
	Currency   string
	Want, Have int64
}

// RuleTimes holds the instants that rules use.
type RuleTimes struct {
	// Everything that was due before Late should be done, and nothing may be
	// done after Ahead.
	Late, Ahead time.Time
	// Since, a full hour, is the start of the comparison of single events, and
	// Told the start of the comparison of the audit.
	Since, Told time.Time
}

var (
	ruleHead  = regexp.MustCompile(`^-- ([A-Z_]+): (.+)\n`)
	ruleParts = regexp.MustCompile(`\{(ahead|late|since|told|hour [a-z_.]+)\}`)
)

// Rules lists all rules.
var Rules = mustRules()

func mustRules() []Rule {
	files, err := ruleFiles.ReadDir("rules")
	if err != nil {
		panic(err)
	}
	var all []Rule
	for _, f := range files {
		text, err := ruleFiles.ReadFile("rules/" + f.Name())
		if err != nil {
			panic(err)
		}
		for _, part := range strings.Split(string(text), ";\n") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			head := ruleHead.FindStringSubmatch(part)
			if head == nil || slices.ContainsFunc(all, func(r Rule) bool { return r.Name == head[1] }) {
				panic("ent: " + f.Name() + ": a rule has no name, or the name of another: " + part)
			}
			all = append(all, Rule{Name: head[1], Problem: head[2], text: part[len(head[0]):]})
		}
	}
	return all
}

// errNotSystem is returned because rules read the rows of all accounts.
var errNotSystem = errors.New("ent: only the system may run rules")

// Breaches returns what breaks a rule, up to a maximum number, in one
// statement. Only the system may call it, because it reads the rows of every
// account.
func (s *Store) Breaches(ctx context.Context, r Rule, t RuleTimes, most int) ([]Breach, error) {
	if p := authz.From(ctx); p == nil || p.Kind != authz.System {
		return nil, errNotSystem
	}
	query, args := s.driver.rule(r.text, t)
	rows, err := s.driver.QueryContext(ctx, query+" LIMIT ?", append(args, most)...)
	if err != nil {
		return nil, fmt.Errorf("rule %s: %w", r.Name, err)
	}
	defer rows.Close()
	var all []Breach
	for rows.Next() {
		var b Breach
		if err := rows.Scan(&b.AccountID, &b.Subject, &b.Currency, &b.Want, &b.Have); err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.Name, err)
		}
		all = append(all, b)
	}
	return all, rows.Err()
}

// rule returns the statement of a rule in the driver's dialect.
func (d *driver) rule(text string, t RuleTimes) (string, []any) {
	var args []any
	text = ruleParts.ReplaceAllStringFunc(text, func(part string) string {
		switch name := strings.Trim(part, "{}"); name {
		case "ahead":
			args = append(args, t.Ahead)
		case "late":
			args = append(args, t.Late)
		case "since":
			args = append(args, t.Since)
		case "told":
			args = append(args, t.Told)
		default:
			column := strings.TrimPrefix(name, "hour ")
			if d.name == dialect.MySQL {
				return "DATE_FORMAT(" + column + ", '%Y-%m-%d %H')"
			}
			return "SUBSTR(" + column + ", 1, 13)"
		}
		return "?"
	})
	return text, args
}

// Used is the usage of a metric by a service in a billing period.
type Used struct {
	PeriodID, ServiceID, Metric string
	// Late is the hour of usage from before the period; nil for usage within
	// it.
	Late   *time.Time
	Micros int64
}

const usedQuery = "SELECT t.period_id, t.service_id, t.metric, CASE WHEN {hour t.hour} < {hour p.from_at} THEN {hour t.hour} ELSE '' END AS late, SUM(t.quantity_micros) " +
	"FROM usage_totals t JOIN usage_periods p ON p.id = t.period_id WHERE t.period_id IN ("

// UsedOf returns the usage of periods, in one statement. Only the system may
// call it.
func (s *Store) UsedOf(ctx context.Context, periodIDs []string) ([]Used, error) {
	if p := authz.From(ctx); p == nil || p.Kind != authz.System {
		return nil, errNotSystem
	}
	if len(periodIDs) == 0 {
		return nil, nil
	}
	query, _ := s.driver.rule(usedQuery, RuleTimes{})
	args := make([]any, len(periodIDs))
	for i, id := range periodIDs {
		args[i] = id
	}
	rows, err := s.driver.QueryContext(ctx, query+"?"+strings.Repeat(", ?", len(args)-1)+") GROUP BY t.period_id, t.service_id, t.metric, late", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Used
	for rows.Next() {
		var u Used
		var late string
		if err := rows.Scan(&u.PeriodID, &u.ServiceID, &u.Metric, &late, &u.Micros); err != nil {
			return nil, err
		}
		if late != "" {
			at, err := time.Parse("2006-01-02 15", late)
			if err != nil {
				return nil, err
			}
			u.Late = &at
		}
		all = append(all, u)
	}
	return all, rows.Err()
}
