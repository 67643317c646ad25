package agreement_test

import (
	"testing"
	"time"

	"portico/clause"
	"portico/portal/customer/agreement"
	"portico/portal/customer/agreement/demo"
	"portico/portaltest"
)

func TestTheTextOfEachClauseIsShown(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		doc := demo.Documents()[0]
		got := w.Must(nil, `{ terms(kind: SERVICE_TERMS) { clauses { number title text } clause(number: "3.8") { number text } none: clause(number: "3.10") { text } } }`, nil)
		list, _ := portaltest.At(got, "terms", "clauses").([]any)
		if len(list) != len(clause.Table) {
			t.Fatalf("%d clauses, want %d", len(list), len(clause.Table))
		}
		for i, c := range clause.Table {
			t.Run(string(c.Ref)+": its words are shown", func(t *testing.T) {
				text, ok := doc.Clause(c.Ref, clause.EN)
				if !ok || portaltest.String(list[i], "number") != string(c.Ref) || portaltest.String(list[i], "text") != text || portaltest.String(list[i], "title") == "" {
					t.Fatalf("%v", list[i])
				}
			})
		}
		t.Run("0: a refusal's clause opens by its number", func(t *testing.T) {
			if portaltest.String(got, "terms", "clause", "number") != "3.8" || portaltest.String(got, "terms", "clause", "text") == "" || portaltest.At(got, "terms", "none") != nil {
				t.Fatalf("%v", got)
			}
		})
	})
}

func TestVersionsAreShownToEveryone(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		const versions = `{ terms(kind: SERVICE_TERMS) { version } comingTerms(kind: SERVICE_TERMS) { version effectiveAt publishedAt }
			termsHistory(kind: SERVICE_TERMS, first: 2) { totalCount nodes { version } pageInfo { endCursor hasNextPage } } privacy: comingTerms(kind: PRIVACY_POLICY) { id } }`
		effective := w.Portal.Store.Now().Add(time.Hour)
		publish(t, w, amendment(agreement.ServiceTerms, "next", effective), amendment(agreement.ServiceTerms, "after", effective.Add(time.Hour)))
		got := w.Must(nil, versions, nil)
		t.Run("0: the coming version is the next to take effect", func(t *testing.T) {
			if portaltest.String(got, "comingTerms", "version") != "next" || portaltest.String(got, "terms", "version") == "next" || portaltest.At(got, "privacy") != nil {
				t.Fatalf("%v", got)
			}
		})
		t.Run("0: the history has every version, the latest first, page by page", func(t *testing.T) {
			if portaltest.String(got, "termsHistory", "nodes", 0, "version") != "after" || portaltest.String(got, "termsHistory", "nodes", 1, "version") != "next" {
				t.Fatalf("%v", got)
			}
			rest := w.Must(nil, `query($after: String) { termsHistory(kind: SERVICE_TERMS, first: 2, after: $after) { nodes { version } } }`,
				map[string]any{"after": portaltest.String(got, "termsHistory", "pageInfo", "endCursor")})
			if portaltest.String(rest, "termsHistory", "nodes", 0, "version") != demo.Documents()[0].Version {
				t.Fatalf("%v", rest)
			}
		})
		t.Run("0: from its effective date on it is the version in force, and the one after it comes", func(t *testing.T) {
			w.AdvanceTo(effective)
			got := w.Must(nil, versions, nil)
			if portaltest.String(got, "terms", "version") != "next" || portaltest.String(got, "comingTerms", "version") != "after" {
				t.Fatalf("%v", got)
			}
		})
	})
}
