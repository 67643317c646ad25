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

// ruleFiles hold the rules, a file a subject. A rule is one statement, so that
// it sees one state of the database however much is written meanwhile.
//
//go:embed rules/*.sql
var ruleFiles embed.FS

// Rule says what rows of several tables must have to do with each other.
type Rule struct {
	// Name is short and stable, in capitals; Problem is what is wrong with the
	// rows that it finds.
	Name, Problem string
	text          string
}

// Breach is what a rule found.
type Breach struct {
	// AccountID is whose; empty for what is nobody's own.
	AccountID string
	// Subject is the row.
	Subject string
	// Currency is of Want and Have where these are money in minor units; both are
	// 0 where the rule is of something else.
	Currency   string
	Want, Have int64
}

// RuleTimes are the instants that rules look at.
type RuleTimes struct {
	// What was due before Late should have been done, and nothing is done after
	// Ahead.
	Late, Ahead time.Time
	// Since, a full hour, is how far back single events are compared, and Told how
	// far back the audit is.
	Since, Told time.Time
}

var (
	ruleHead  = regexp.MustCompile(`^-- ([A-Z_]+): (.+)\n`)
	ruleParts = regexp.MustCompile(`\{(ahead|late|since|told|hour [a-z_.]+)\}`)
)

// Rules are all of them.
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
				panic("ent: " + f.Name() + ": a rule without a name of its own: " + part)
			}
			all = append(all, Rule{Name: head[1], Problem: head[2], text: part[len(head[0]):]})
		}
	}
	return all
}

// errNotSystem: they read the rows of all accounts.
var errNotSystem = errors.New("ent: rules are for the system alone")

// Breaches tells what breaks a rule, at most so many. One statement; for the
// system, since it reads every account's rows.
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

// rule is the statement of a rule in the driver's dialect.
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

// Used is what a service used of a metric as a period has it.
type Used struct {
	PeriodID, ServiceID, Metric string
	// Late is the hour of usage of before the period; nil for that of its own.
	Late   *time.Time
	Micros int64
}

const usedQuery = "SELECT t.period_id, t.service_id, t.metric, CASE WHEN {hour t.hour} < {hour p.from_at} THEN {hour t.hour} ELSE '' END AS late, SUM(t.quantity_micros) " +
	"FROM usage_totals t JOIN usage_periods p ON p.id = t.period_id WHERE t.period_id IN ("

// UsedOf sums the usage of periods, in one statement. For the system alone.
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
