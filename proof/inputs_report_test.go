package proof_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"portico/portaltest"
)

// unfit returns values that are valid for a scalar by the rules of GraphQL and
// invalid in a report: any value for the portal's own scalars, any text for a
// String or an ID.
func unfit(t *ast.Type) []any {
	texts := []any{"", " ", "應用", "a\x00b", "a\nb", "\xf0\x9f\x92\xa5", strings.Repeat("x", 5000), "' OR 1=1 --", "app_" + strings.Repeat("0", 26)}
	switch t.NamedType {
	case "String", "ID":
		return texts
	}
	return append(texts, 1.5, 7, true, []any{}, []any{"1"}, map[string]any{}, map[string]any{"a": "1"}, "1e3", "NaN", "0x10", "１", "-1", "0.0000001",
		strings.Repeat("9", 400), "1."+strings.Repeat("1", 400), "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2027-02-30T00:00:00Z", "tomorrow")
}

// TestAReportJudgesEveryEventByItself makes each field of an event wrong in
// every way that GraphQL accepts, and reports the event between two valid ones.
// These are counted regardless of the third (3.4).
func TestAReportJudgesEveryEventByItself(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s, cases := newStage(w), 0
		plane := w.DataPlane()
		sound := func() input {
			return event(operations["reportUsage"].args(s, s.a, plane)["input"].(input))
		}
		fields := published().Types["UsageEventInput"].Fields
		if len(fields) < 6 {
			t.Fatalf("%d fields", len(fields))
		}
		for _, f := range fields {
			for _, value := range unfit(f.Type) {
				third := sound()
				third[f.Name] = value
				what := fmt.Sprintf("3.4: %s = %.40v", f.Name, value)
				r := w.Send(plane, `mutation($i: ReportUsageInput!) { reportUsage(input: $i) { accepted duplicates rejected { index code } userErrors { code } } }`,
					input{"i": input{"events": []any{sound(), third, sound()}}})
				p, rejected := portaltest.At(r.Data, "reportUsage"), portaltest.At(r.Data, "reportUsage", "rejected")
				list, _ := rejected.([]any)
				accepted := fmt.Sprint(portaltest.At(p, "accepted"))
				whole := accepted == "3" && len(list) == 0 && f.Type.NamedType == "String" // the text is valid as a name
				alone := accepted == "2" && len(list) == 1 && fmt.Sprint(portaltest.At(list[0], "index")) == "1"
				if len(r.Errors) > 0 || !whole && !alone {
					t.Errorf("%s: %s", what, r.Raw)
				}
				cases++
			}
		}
		t.Logf("%d cases", cases)
	})
}
