// Command codes writes graph/errors.graphql: the enum of every refusal that is
// declared in the program, described by its own text.
package main

import (
	"fmt"
	"log"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"portico/clause"
	_ "portico/graph/limits"
	_ "portico/portal"
)

func main() {
	var b strings.Builder
	b.WriteString("\"What was refused, stable. Written by graph/codes from the refusals that the units declare.\"\nenum ErrorCode {\n")
	all := clause.All()
	for _, code := range slices.Sorted(maps.Keys(all)) {
		r := all[code]
		text := strings.NewReplacer("{", "<", "}", ">").Replace(r.Text.EN)
		if r.Clause != "" {
			text += " Clause " + string(r.Clause) + "."
		}
		fmt.Fprintf(&b, "  %s\n  %s\n", strconv.Quote(text), code)
	}
	b.WriteString("}\n")
	if err := os.WriteFile("graph/errors.graphql", []byte(b.String()), 0o644); err != nil {
		log.Fatal(err)
	}
}
