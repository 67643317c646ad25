package staff_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"portico/portaltest"
)

// A file of 200 rows can name 20 roles and some 25 applications in each. What it costs
// depends on its rows, and not on what they name.
func TestWhatAFileNamesCostsNoStatements(t *testing.T) {
	var n atomic.Int64
	w := portaltest.New(t, "sqlite", portaltest.Counted(&n))
	a := w.Verified("Acme")
	var roles, apps []string
	for i := range 20 {
		roles = append(roles, fmt.Sprintf("role-%d", i))
		w.Done(a, `mutation($i: CreateRoleInput!) { createRole(input: $i) { role { id } userErrors { code } } }`,
			of(input{"accountId": a.AccountID, "code": roles[i], "name": "Readers", "permissions": []string{"ORDER_READ"}}))
		apps = append(apps, w.Application(a, "MAINLAND"))
	}
	statements := func(rows, roleCount, appCount int) int64 {
		file := "address,roles,applications\n"
		for i := range rows {
			file += fmt.Sprintf("x%d@example.com,%s,%s\n", i, strings.Join(roles[:roleCount], " "), strings.Join(apps[:appCount], " "))
		}
		w.Token(a)
		n.Store(0)
		p := w.Done(a, importM, importing(a.AccountID, file, true))
		if got := verdicts(p); got[rows-1] != fmt.Sprintf("%d VALID", rows+1) {
			t.Fatal(got[rows-1])
		}
		return n.Load()
	}
	statements(1, 1, 1) // what is kept from then on
	few, many := statements(10, 1, 1), statements(10, 20, 20)
	if many > few {
		t.Errorf("5.4: %d statements, and %d with 20 roles and applications in each row", few, many)
	}
}
