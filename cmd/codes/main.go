// Command codes writes the enums that are derived from Go code:
// graph/schema/errors.graphql from all declared refusals, and
// graph/schema/permissions.graphql from all permissions. It must import every
// unit that declares refusals.
package main

import (
	"fmt"
	"log"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"portico/authz"
	"portico/clause"
	_ "portico/graph/limits"
	_ "portico/portal/access/apikey"
	_ "portico/portal/access/factor"
	_ "portico/portal/access/identity"
	_ "portico/portal/access/personal"
	_ "portico/portal/access/staff"
	_ "portico/portal/compliance/sealed"
	_ "portico/portal/customer/account"
	_ "portico/portal/customer/agreement"
	_ "portico/portal/finance/invoice"
	_ "portico/portal/finance/ledger"
	_ "portico/portal/finance/payment"
	_ "portico/portal/finance/usage"
	_ "portico/portal/kernel/approval"
	_ "portico/portal/kernel/command"
	_ "portico/portal/kernel/cookie"
	_ "portico/portal/kernel/export"
	_ "portico/portal/kernel/naming"
	_ "portico/portal/kernel/standing"
	_ "portico/portal/lifecycle/closing"
	_ "portico/portal/offer/catalog"
	_ "portico/portal/sandbox"
	_ "portico/portal/trade/order"
	_ "portico/portal/trade/service"
	_ "portico/server/transport"
)

func main() {
	var b strings.Builder
	b.WriteString("# Written by cmd/codes from the refusals that the units declare.\n\n\"Stable code of a refusal or an error. The description of each code is its message, with parameters in angle brackets.\"\nenum ErrorCode {\n")
	all := clause.All()
	for _, code := range slices.Sorted(maps.Keys(all)) {
		r := all[code]
		text := strings.NewReplacer("{", "<", "}", ">").Replace(r.Text.EN)
		if r.Clause != "" {
			text += " Clause " + string(r.Clause) + "."
		}
		if names := r.ParamNames(); len(names) > 0 {
			text += " Params: " + strings.Join(names, ", ") + "."
		}
		fmt.Fprintf(&b, "  %s\n  %s\n", strconv.Quote(text), code)
	}
	b.WriteString("}\n")
	write("graph/schema/errors.graphql", b.String())
	b.Reset()
	b.WriteString("# Written by cmd/codes from the table of package authz.\n\n\"Something that can be allowed: an action on a kind of resource.\"\nenum Permission {\n")
	for _, p := range authz.Permissions() {
		text := fmt.Sprintf("%s: permission `%s`", p.Label().EN, p)
		if p.NonTransferable() {
			text += " (clause 1.4)"
		}
		fmt.Fprintf(&b, "  %s\n  %s\n", strconv.Quote(text+"."), p.Enum())
	}
	b.WriteString("}\n")
	write("graph/schema/permissions.graphql", b.String())
}

func write(file, text string) {
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
}
