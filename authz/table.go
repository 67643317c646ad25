package authz

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"portico/clause"
)

//go:embed model.conf
var modelConf string

//go:embed policy.csv
var policyCSV string

const (
	whenPrefix    = "when:"
	partPrefix    = "part:"
	anyone        = "anyone"
	noRestriction = "-"
	// stepUpRequired is a restriction of policy.csv that isn't in standing: it
	// restricts a person who has a second factor, in a session that didn't pass
	// it within factor.step_up_age.
	stepUpRequired = "STEP_UP_REQUIRED"
	// factorRequired isn't in standing either: it restricts a person who has no second
	// factor.
	factorRequired = "SECOND_FACTOR_REQUIRED"
	// ofAPIKey lists, in the same way, what no API key may do (1.5).
	ofAPIKey = "API_KEY"
)

// Table holds Casbin's results, computed once: a set of allowed permissions for
// each role and a set of denied permissions for each restriction. Its size
// doesn't depend on the number of accounts or employees, and a decision
// allocates nothing.
type Table struct {
	mu       sync.Mutex // guards enforcer while a custom role is compiled
	enforcer *casbin.Enforcer
	allow    map[string]Set
	deny     map[string]denial
	stale    denial // what needs a fresh second factor
	lacking  denial // what nobody may do who has no second factor
	keyless  denial // what no API key may do, beside what needs a fresh second factor
	// stepUpAge is how old a fresh second factor is at most; it is parsed once.
	stepUpAge time.Duration
	custom    sync.Map // JSON of permissions -> Set
	customs   atomic.Int64
}

type denial struct {
	set     Set
	clauses map[Permission]clause.Ref
}

// Law returns the table of the embedded policy.csv. A policy that can't be
// parsed stops the program, since it must never restrict less than it states.
var Law = sync.OnceValue(func() *Table {
	t, err := Load(modelConf, policyCSV)
	if err != nil {
		panic("authz: " + err.Error())
	}
	return t
})

// Load parses a Casbin model and policy and computes every decision. It fails
// on any line that it doesn't understand completely.
func Load(modelText, policy string) (*Table, error) {
	m, err := model.NewModelFromString(modelText)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	roles, restrictions, err := addPolicy(e, policy)
	if err != nil {
		return nil, err
	}
	t := &Table{enforcer: e, allow: map[string]Set{}, deny: map[string]denial{}}
	for _, role := range roles {
		set, err := t.ask(role)
		if err != nil {
			return nil, err
		}
		t.allow[role] = set
	}
	// A restriction's denials are computed for a role that holds everything,
	// because a restriction may also deny what no role of the policy holds
	// (service:run).
	for _, p := range Permissions() {
		res, act := p.split()
		if _, err := e.AddPolicy(witness, res, act, "allow", ""); err != nil {
			return nil, fmt.Errorf("policy: %w", err)
		}
	}
	defer e.RemoveFilteredPolicy(0, witness) //nolint:errcheck // in memory
	for _, code := range restrictions {
		d, err := t.askDenied(code)
		if err != nil {
			return nil, err
		}
		t.deny[code] = d
	}
	t.keyless, t.lacking = t.deny[ofAPIKey], t.deny[factorRequired]
	t.stale, t.stepUpAge = t.deny[stepUpRequired], clause.Standard(clause.StepUpAge).Duration()
	return t, nil
}

// addPolicy adds the lines of a policy to Casbin. It returns the roles and the
// restrictions that the policy names, without duplicates.
func addPolicy(e *casbin.Enforcer, policy string) (roles, restrictions []string, err error) {
	lines, err := Lines(policy)
	if err != nil {
		return nil, nil, err
	}
	if err := inherited(lines); err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{anyone: true}
	for _, l := range lines {
		if l.Restriction() && l.Clause == "0" && (l.Permission.Stops() || l.Permission.Settles()) {
			return nil, nil, fmt.Errorf("policy: %q: clause 0 must not deny stopping or settling", l)
		}
		if err := addLine(e, l); err != nil {
			return nil, nil, fmt.Errorf("policy: %w", err)
		}
		switch {
		case seen[l.Subject] || isPart(l.Subject):
		case l.Restriction():
			restrictions = append(restrictions, strings.TrimPrefix(l.Subject, whenPrefix))
		default:
			roles = append(roles, l.Subject)
		}
		seen[l.Subject] = true
	}
	return roles, restrictions, nil
}

func addLine(e *casbin.Enforcer, l Line) (err error) {
	if l.Has != "" {
		_, err = e.AddGroupingPolicy(l.Subject, l.Has)
		return err
	}
	res, act := l.Permission.split()
	_, err = e.AddPolicy(l.Subject, res, act, l.effect(), string(l.Clause))
	return err
}

// inherited checks the inheritance between roles: each inherited role or part
// must exist, and none may inherit from itself.
func inherited(lines []Line) error {
	subjects, has := map[string]bool{}, map[string][]string{}
	for _, l := range lines {
		subjects[l.Subject] = true
		if l.Has != "" {
			has[l.Subject] = append(has[l.Subject], l.Has)
		}
	}
	var reaches func(from, to string, depth int) bool
	reaches = func(from, to string, depth int) bool {
		return depth > len(subjects) || slices.ContainsFunc(has[from], func(next string) bool { return next == to || reaches(next, to, depth+1) })
	}
	for _, l := range lines {
		switch {
		case l.Has == "":
		case !subjects[l.Has]:
			return fmt.Errorf("policy: %q: there is no such role or part", l)
		case reaches(l.Subject, l.Subject, 0):
			return fmt.Errorf("policy: %q: a role or part can't inherit from itself", l)
		}
	}
	return nil
}

// ask computes the set of permissions that Casbin allows a role.
func (t *Table) ask(role string) (Set, error) {
	var set Set
	for _, p := range Permissions() {
		ok, err := t.Judge(role, noRestriction, p)
		if err != nil {
			return set, err
		}
		if ok {
			set = set.Add(p)
		}
	}
	return set, nil
}

// witness is a role that holds every permission. It exists only while the table
// is computed.
const witness = "everything-while-loading"

func (t *Table) askDenied(code string) (denial, error) {
	d := denial{clauses: map[Permission]clause.Ref{}}
	for _, p := range Permissions() {
		if p.NonTransferable() {
			continue // denied to everyone, with or without a restriction
		}
		res, act := p.split()
		ok, line, err := t.enforcer.EnforceEx(witness, whenPrefix+code, res, act)
		if err != nil {
			return d, err
		}
		if !ok {
			d.set = d.set.Add(p)
			d.clauses[p] = clause.Ref(line[4])
		}
	}
	return d, nil
}

// Judge asks Casbin itself. It is slow (some hundred microseconds), so it is
// only used to compute and to check the table. Restriction is the code of a
// restriction, or "-" for none.
func (t *Table) Judge(role, restriction string, p Permission) (bool, error) {
	if restriction != noRestriction {
		restriction = whenPrefix + restriction
	}
	res, act := p.split()
	return t.enforcer.Enforce(role, restriction, res, act)
}

// Role returns the permissions of a built-in role. The set is empty for an
// unknown role.
func (t *Table) Role(code string) Set { return t.allow[code] }

// Roles lists the built-in roles.
func (t *Table) Roles() []string {
	l := make([]string, 0, len(t.allow))
	for r := range t.allow {
		l = append(l, r)
	}
	return l
}

// Restrictions lists the codes of all restrictions.
func (t *Table) Restrictions() []string {
	l := make([]string, 0, len(t.deny))
	for r := range t.deny {
		l = append(l, r)
	}
	return l
}

// Denies reports whether a restriction of standing denies a permission, and
// returns the clause. An unknown restriction denies everything.
func (t *Table) Denies(restriction string, p Permission) (clause.Ref, bool) {
	d, ok := t.deny[restriction]
	if !ok {
		return "", true
	}
	if !d.set.Has(p) {
		return "", false
	}
	return d.clauses[p], true
}

// NeedsFactor reports whether a permission needs a fresh second factor of a
// person who has one, and returns the clause. It allocates nothing.
func (t *Table) NeedsFactor(p Permission) (clause.Ref, bool) {
	if !t.stale.set.Has(p) {
		return "", false
	}
	return t.stale.clauses[p], true
}

// NeedsSomeFactor reports whether only a person who has a second factor may do
// something, and returns the clause. It allocates nothing.
func (t *Table) NeedsSomeFactor(p Permission) (clause.Ref, bool) {
	if !t.lacking.set.Has(p) {
		return "", false
	}
	return t.lacking.clauses[p], true
}

// KeyNever reports whether no API key may hold a permission, and returns the clause: by
// the lines of API_KEY, or because it needs a second factor, which a program doesn't
// have (1.5).
func (t *Table) KeyNever(p Permission) (clause.Ref, bool) {
	if ref, never := t.NeedsFactor(p); never {
		return ref, true
	}
	if ref, never := t.NeedsSomeFactor(p); never {
		return ref, true
	}
	if !t.keyless.set.Has(p) {
		return "", false
	}
	return t.keyless.clauses[p], true
}

// OfKeys returns what an API key can hold: what the owner of an account holds, without
// what no key may do (1.5).
func (t *Table) OfKeys() Set {
	return t.Role(ownerRole).Minus(t.keyless.set).Minus(t.stale.set).Minus(t.lacking.set)
}

// Compile computes the permissions of a custom role from their names, by asking
// Casbin. A permission that is denied to everyone (1.4) is left out; an unknown
// name is an error.
func (t *Table) Compile(permissions []string) (Set, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const custom = "custom-role-under-compilation"
	defer t.enforcer.RemoveFilteredPolicy(0, custom) //nolint:errcheck // in memory
	var want, set Set
	for _, name := range permissions {
		p, ok := ParsePermission(name)
		if !ok {
			return Set{}, fmt.Errorf("unknown permission %q", name)
		}
		want = want.Add(p)
		res, act := p.split()
		if _, err := t.enforcer.AddPolicy(custom, res, act, "allow", ""); err != nil {
			return Set{}, err
		}
	}
	for _, p := range want.List() {
		ok, err := t.Judge(custom, noRestriction, p)
		if err != nil {
			return Set{}, err
		}
		if ok {
			set = set.Add(p)
		}
	}
	return set, nil
}

// Custom returns the permissions of a custom role from the JSON list that is
// stored with the role. Results are cached by that text; the size of the cache
// is limited.
func (t *Table) Custom(permissions string) (Set, error) {
	if set, ok := t.custom.Load(permissions); ok {
		return set.(Set), nil
	}
	var list []string
	if err := json.Unmarshal([]byte(permissions), &list); err != nil {
		return Set{}, fmt.Errorf("a custom role's permissions: %w", err)
	}
	set, err := t.Compile(list)
	if err != nil {
		return Set{}, err
	}
	if t.customs.Add(1) > maxCustom {
		t.custom.Clear()
		t.customs.Store(1)
	}
	t.custom.Store(permissions, set)
	return set, nil
}

// maxCustom is the maximum number of compiled custom roles that are cached.
const maxCustom = 10_000
