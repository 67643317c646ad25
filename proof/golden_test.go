package proof_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"portico/portal/access/staff"
)

// cell is one cell of the matrix: an operation, sent as a role, in a column.
type cell struct{ operation, role, column string }

// cells are the outcomes of cells, as result returns them.
type cells map[cell]string

// matrixColumns are the columns of the matrix. An operation that is about no account
// has only the first and the last.
var matrixColumns = []string{"own", "foreign", "unverified", "terms-due"}

// columnsOf returns the columns of an operation.
func columnsOf(operation string) []string {
	if operations[operation].everyones {
		return []string{"own", "terms-due"}
	}
	return matrixColumns
}

// matrixRoles returns the roles of the matrix in its order.
func matrixRoles() []string {
	return slices.Concat([]string{"visitor"}, staff.RoleCodes(), []string{"data-plane"}, staff.OperatorRoles)
}

// goldenHeader begins each file of the matrix.
const goldenHeader = `# What each role may do: the operations of %s.
#
# Each operation was sent once as each role in each column:
#   own         the actor's own account, which is verified and has accepted its terms
#   foreign     the account of another customer
#   unverified  the actor's own account, which isn't verified (5.2)
#   terms-due   the actor's own account, which has new terms to accept (0)
#   always      every column; an operation that is about no account has only own and terms-due
# A line gives the columns, the outcome and the roles:
#   allowed          the operation was done, or the data was read
#   without a field  allowed, but the role may not read this field of the answer
#   null, nulls      the answer is null, or a list of nulls, as for an object that doesn't exist
#   not allowed      the answer of entitlement or can is that it isn't allowed
#   CODE (clause)    the refusal
# employees: %s
# operators: %s
# everyone: the visitor, the employees, the data plane and the operators
#
# A changed cell is a changed right. After a change:
#   go test ./proof -run TestMatrix -update
# and review the difference.
`

const (
	always    = "always"
	everyone  = "everyone"
	employees = "employees"
	operators = "operators"
	without   = "without "
)

// columnsWidth is the width of the columns of a line, with the blanks after them.
const columnsWidth = len("foreign, unverified, terms-due  ")

// declaredIn returns the group and the unit of the house that declare an operation.
func declaredIn(operation string) (group, unit string) {
	path := strings.TrimSuffix(strings.TrimPrefix(fieldOf(operation).Position.Src.Name, "../schema/"), ".graphql")
	group, unit, is := strings.Cut(path, "/")
	if !is {
		return group, group
	}
	return group, unit
}

// folded returns the files of the matrix by name: a file for each group of the
// house, a section for each unit, a block for each operation.
func folded(all cells) map[string]string {
	sections := map[string]map[string]string{}
	tried := map[string]bool{}
	for c := range all {
		tried[c.operation] = true
	}
	for _, name := range schemaOrder() {
		if !tried[name] {
			continue
		}
		group, unit := declaredIn(name)
		if sections[group] == nil {
			sections[group] = map[string]string{}
		}
		sections[group][unit] += foldedOperation(name, all)
	}
	files := map[string]string{}
	for group, units := range sections {
		text := fmt.Sprintf(goldenHeader, group, strings.Join(staff.RoleCodes(), ", "), strings.Join(staff.OperatorRoles, ", "))
		for _, unit := range slices.Sorted(maps.Keys(units)) {
			text += "\n## " + unit + "\n" + units[unit]
		}
		files[group+".golden"] = text
	}
	return files
}

// foldedOperation returns the block of an operation.
func foldedOperation(name string, all cells) string {
	// at are the columns of each part of an outcome, by role.
	at := map[string]map[string][]string{}
	for _, role := range matrixRoles() {
		for _, column := range columnsOf(name) {
			for _, part := range parts(all[cell{name, role, column}]) {
				if at[part] == nil {
					at[part] = map[string][]string{}
				}
				at[part][role] = append(at[part][role], column)
			}
		}
	}
	// roles are those with the same outcome in the same columns.
	type key struct{ part, columns string }
	roles := map[key][]string{}
	for part, byRole := range at {
		for _, role := range matrixRoles() {
			if in := byRole[role]; len(in) > 0 {
				k := key{part, strings.Join(in, ", ")}
				if len(in) == len(columnsOf(name)) {
					k.columns = always
				}
				roles[k] = append(roles[k], role)
			}
		}
	}
	// Fields that the same roles miss in the same columns share a line.
	type line struct{ columns, outcome, roles string }
	var lines []line
	fieldsOf := map[line][]string{}
	for k, who := range roles {
		l := line{k.columns, k.part, foldedRoles(who)}
		if field, is := strings.CutPrefix(k.part, without); is {
			l.outcome = without
			fieldsOf[l] = append(fieldsOf[l], field)
			continue
		}
		lines = append(lines, l)
	}
	for l, missing := range fieldsOf {
		slices.Sort(missing)
		l.outcome += strings.Join(missing, ", ")
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(rank(a.outcome), rank(b.outcome)), cmp.Compare(a.outcome, b.outcome),
			cmp.Compare(firstColumn(a.columns), firstColumn(b.columns)), cmp.Compare(a.columns, b.columns), cmp.Compare(a.roles, b.roles))
	})
	text := "\n" + name + " (" + guardOf(name) + ")\n"
	for _, l := range lines {
		text += fmt.Sprintf("  %-*s%s: %s\n", columnsWidth, l.columns, l.outcome, l.roles)
	}
	return text
}

// parts returns what an outcome consists of: "allowed" and each field that is
// missing, or the outcome itself.
func parts(outcome string) []string {
	if missing, is := strings.CutPrefix(outcome, "done without "); is {
		all := []string{"allowed"}
		for field := range strings.SplitSeq(missing, ",") {
			all = append(all, without+field)
		}
		return all
	}
	if rest, is := strings.CutPrefix(outcome, "done"); is {
		outcome = "allowed" + rest
	}
	return []string{strings.ReplaceAll(outcome, "(", " (")}
}

// rank puts what is allowed first and the refusals that most roles get last.
func rank(outcome string) int {
	switch {
	case strings.HasPrefix(outcome, "allowed"):
		return 0
	case strings.HasPrefix(outcome, without):
		return 1
	case outcome == "FORBIDDEN":
		return 3
	case outcome == "UNAUTHENTICATED":
		return 4
	}
	return 2
}

func firstColumn(s string) int {
	first, _, _ := strings.Cut(s, ",")
	return slices.Index(matrixColumns, first) // -1 is always
}

// guardOf returns what the schema asks of who sends an operation.
func guardOf(name string) string {
	f := fieldOf(name)
	guard := permission(f.Directives.ForName("can"), "do")
	for _, directive := range []string{"public", "self"} {
		if guard == "" && f.Directives.ForName(directive) != nil {
			guard = "@" + directive
		}
	}
	if operations[name].everyones {
		guard += ", about no account"
	}
	return guard
}

// foldedRoles returns roles as a list in which groups stand for their members.
func foldedRoles(roles []string) string {
	if len(roles) == len(matrixRoles()) {
		return everyone
	}
	for _, g := range []struct {
		name    string
		members []string
	}{{employees, staff.RoleCodes()}, {operators, staff.OperatorRoles}} {
		at := slices.Index(roles, g.members[0])
		if at >= 0 && len(roles) >= at+len(g.members) && slices.Equal(roles[at:at+len(g.members)], g.members) {
			roles = slices.Replace(slices.Clone(roles), at, at+len(g.members), g.name)
		}
	}
	return strings.Join(roles, ", ")
}

// unfolded returns every cell of the files of the matrix. A line that it can't
// read, and a cell with two outcomes, is an error.
func unfolded(files map[string]string) (cells, error) {
	all, missing := cells{}, map[cell][]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		operation := ""
		for i, line := range strings.Split(files[name], "\n") {
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			if !strings.HasPrefix(line, " ") {
				operation, _, _ = strings.Cut(line, " (")
				continue
			}
			if err := all.unfold(operation, line, missing); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
			}
		}
	}
	for c, f := range missing {
		if all[c] != "done" {
			return nil, fmt.Errorf("%v is without %v and isn't allowed", c, f)
		}
		slices.Sort(f)
		all[c] = "done without " + strings.Join(f, ",")
	}
	return all, nil
}

// unfold adds the cells of a line; fields that an answer is without go to missing.
func (all cells) unfold(operation, line string, missing map[cell][]string) error {
	const width = 2 + columnsWidth
	rest, roles, is := strings.Cut(line[min(width, len(line)):], ": ")
	if !is {
		return fmt.Errorf("no line of the matrix: %q", line)
	}
	in := strings.Split(strings.TrimSpace(line[:width]), ", ")
	if in[0] == always {
		in = columnsOf(operation)
	}
	for _, c := range in {
		if !slices.Contains(matrixColumns, c) {
			return fmt.Errorf("no column is called %q", c)
		}
	}
	for _, role := range unfoldedRoles(roles) {
		if !slices.Contains(matrixRoles(), role) {
			return fmt.Errorf("no role is called %q", role)
		}
		for _, column := range in {
			c := cell{operation, role, column}
			if fields, is := strings.CutPrefix(rest, without); is {
				missing[c] = append(missing[c], strings.Split(fields, ", ")...)
				continue
			}
			if _, twice := all[c]; twice {
				return fmt.Errorf("%v has two outcomes", c)
			}
			outcome := strings.ReplaceAll(rest, " (", "(")
			if more, is := strings.CutPrefix(outcome, "allowed"); is {
				outcome = "done" + more
			}
			all[c] = outcome
		}
	}
	return nil
}

func unfoldedRoles(list string) []string {
	var roles []string
	for name := range strings.SplitSeq(list, ", ") {
		switch name {
		case everyone:
			roles = append(roles, matrixRoles()...)
		case employees:
			roles = append(roles, staff.RoleCodes()...)
		case operators:
			roles = append(roles, staff.OperatorRoles...)
		default:
			roles = append(roles, name)
		}
	}
	return roles
}

// goldenFolder holds the reviewed files of the matrix.
const goldenFolder = "testdata/matrix"

// goldenFiles reads the reviewed files, by name.
func goldenFiles(t *testing.T) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(goldenFolder)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		files[e.Name()] = file(t, filepath.Join(goldenFolder, e.Name()))
	}
	return files
}

// writeGolden replaces the reviewed files.
func writeGolden(t *testing.T, files map[string]string) {
	t.Helper()
	for name := range goldenFiles(t) {
		if _, is := files[name]; !is {
			if err := os.Remove(filepath.Join(goldenFolder, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(goldenFolder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// matrixCells returns the cells of the reviewed files.
func matrixCells(t *testing.T) cells {
	t.Helper()
	all, err := unfolded(goldenFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The files are a complete record: unfolding them gives back every cell, and
// another outcome in any one cell is another text.
func TestTheFilesOfTheMatrixHoldEveryCell(t *testing.T) {
	t.Parallel()
	files, all := goldenFiles(t), matrixCells(t)
	for _, name := range schemaOrder() {
		for _, role := range matrixRoles() {
			for _, column := range columnsOf(name) {
				if all[cell{name, role, column}] == "" {
					t.Errorf("%s as %s in the column %s has no outcome", name, role, column)
				}
			}
		}
	}
	if again := folded(all); !maps.Equal(files, again) {
		t.Error("folding the cells of the files gives other files")
	}
	blocks := map[string]string{}
	for _, name := range schemaOrder() {
		blocks[name] = foldedOperation(name, all)
	}
	for c, outcome := range maps.Clone(all) {
		for _, other := range []string{"done", "done without a,b.c", "null", "FORBIDDEN", "TERMS_ACCEPTANCE_REQUIRED(0)", "A_CODE(1.5)+ANOTHER(3.3)", "done but UNAUTHENTICATED"} {
			if other == outcome {
				continue
			}
			all[c] = other
			block := foldedOperation(c.operation, all)
			if block == blocks[c.operation] {
				t.Fatalf("%v: %q instead of %q changes nothing", c, other, outcome)
			}
			got, err := unfolded(map[string]string{"block": block})
			if err != nil || got[c] != other {
				t.Fatalf("%v: %q was read as %q, %v", c, other, got[c], err)
			}
		}
		all[c] = outcome
	}
}

func TestAFileOfTheMatrixThatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"account (ACCOUNT_READ)\n  always                          allowed\n",
		"account (ACCOUNT_READ)\n  sometimes                       allowed: owner\n",
		"account (ACCOUNT_READ)\n  always                          allowed: stranger\n",
		"account (ACCOUNT_READ)\n  always                          allowed: owner\n  own                             null: owner\n",
		"account (ACCOUNT_READ)\n  always                          null: owner\n  own                             without balance: owner\n",
		"account (ACCOUNT_READ)\n  own\n",
	} {
		if got, err := unfolded(map[string]string{"a.golden": text}); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}
