package agreement_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"portico/clause"
	"portico/ent/db/acceptance"
	"portico/ent/db/restriction"
	"portico/portal"
	"portico/portal/customer/agreement"
	"portico/portal/customer/agreement/demo"
	"portico/portal/kernel/standing"
	"portico/portaltest"
)

const (
	userErrors = `userErrors { code message field clause remedy { description operation input } }`
	acceptOne  = `mutation($i: AcceptTermsInput!) { acceptTerms(input: $i) { acceptance { id how acceptedAt terms { id version } person { id } } ` + userErrors + ` } }`
	duty       = `query($id: ID!) { account(id: $id) { termsDue { id acceptedBy title body } standing { restrictions { code clause since remedy { operation input } } } acceptances { totalCount nodes { how terms { id } } } } }`
)

// amendment returns a later version of a document of the demonstration.
func amendment(kind agreement.Kind, version string, at time.Time) agreement.Document {
	for _, d := range demo.Documents() {
		if d.Kind == kind {
			d.Version, d.EffectiveAt = version, at
			d.Bodies = clause.Text{ZH: d.Bodies.ZH + version, EN: d.Bodies.EN + version}
			return d
		}
	}
	panic("no document " + kind)
}

func publish(t *testing.T, w *portaltest.World, docs ...agreement.Document) int {
	t.Helper()
	n, err := agreement.Load(w.System(), w.Portal.Store, docs)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// termsID returns the ID of a version.
func termsID(t *testing.T, w *portaltest.World, version string) string {
	t.Helper()
	rows, err := w.Portal.Store.Read().Terms.Query().All(w.System())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Version == version {
			return r.ID
		}
	}
	t.Fatalf("no version %s", version)
	return ""
}

func input(a *portaltest.Actor, termsID string) map[string]any {
	return map[string]any{"i": map[string]any{"accountId": a.AccountID, "termsId": termsID}}
}

func holds(t *testing.T, r portaltest.Refusal, code, ref, field string) {
	t.Helper()
	if r.Code != code || r.Clause != ref || strings.Join(r.Field, ".") != field || r.Message == "" || ref != "" && r.Remedy == nil {
		t.Fatalf("%+v, want %s by %q at %s", r, code, ref, field)
	}
}

// consistent checks that the stored standing equals the standing computed from
// its causes.
func consistent(t *testing.T, w *portaltest.World) {
	t.Helper()
	found, err := standing.Check(w.System(), w.Portal.Store, portal.Standing())
	if err != nil || len(found) > 0 {
		t.Fatal(found, err)
	}
}

func restrictions(w *portaltest.World, a *portaltest.Actor) (codes []string) {
	for _, r := range portaltest.At(w.Must(a, duty, map[string]any{"id": a.AccountID}), "account", "standing", "restrictions").([]any) {
		codes = append(codes, portaltest.String(r, "code"))
	}
	return codes
}

func TestTermsArePublished(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		now := w.Portal.Store.Now()
		load := func(ctx context.Context, d agreement.Document) error {
			_, err := agreement.Load(ctx, w.Portal.Store, []agreement.Document{d})
			return err
		}
		t.Run("0: the same documents again change nothing", func(t *testing.T) {
			if n := publish(t, w, demo.Documents()...); n != 0 {
				t.Fatal(n)
			}
		})
		t.Run("0: what was published under a version never changes", func(t *testing.T) {
			changed := demo.Documents()[0]
			changed.Bodies.EN += "more"
			if err := load(w.System(), changed); !errors.Is(err, agreement.VersionTaken) {
				t.Fatal(err)
			}
		})
		t.Run("0: a version takes effect after those before it", func(t *testing.T) {
			publish(t, w, amendment(agreement.ServiceTerms, "next", now.Add(48*time.Hour)))
			if err := load(w.System(), amendment(agreement.ServiceTerms, "same", now.Add(48*time.Hour))); !errors.Is(err, agreement.OutOfOrder) {
				t.Fatal(err)
			}
			publish(t, w, amendment(agreement.ServiceTerms, "after", now.Add(48*time.Hour+time.Microsecond)))
		})
		t.Run("0: a version never binds before its publication", func(t *testing.T) {
			publish(t, w, amendment(agreement.PrivacyPolicy, "backdated", now.Add(-24*365*time.Hour*2)))
			row, err := w.Portal.Store.Read().Terms.Get(w.System(), termsID(t, w, "backdated"))
			if err != nil || row.EffectiveAt.Before(now) || !row.EffectiveAt.Equal(row.PublishedAt) {
				t.Fatal(row, err)
			}
		})
		t.Run("0: only the provider publishes", func(t *testing.T) {
			for _, role := range []string{"support", "operator-finance", "catalogue", "compliance", "platform"} {
				if err := load(w.As(w.Operator(role)), amendment(agreement.ServiceTerms, role, now.Add(900*time.Hour))); !errors.Is(err, clause.Forbidden) {
					t.Fatal(role, err)
				}
			}
			if err := load(w.As(w.Owner("Acme")), amendment(agreement.ServiceTerms, "mine", now.Add(900*time.Hour))); !errors.Is(err, clause.Forbidden) {
				t.Fatal(err)
			}
			if err := load(w.System(), amendment(agreement.ServiceTerms, "ours", now.Add(900*time.Hour))); err != nil {
				t.Fatal(err)
			}
		})
		t.Run("0: the version in force is shown in the reader's language", func(t *testing.T) {
			got := w.Must(nil, `{ terms(kind: SERVICE_TERMS) { id kind version title body effectiveAt acceptedBy } }`, nil)
			en := demo.Documents()[0]
			if portaltest.String(got, "terms", "version") != en.Version || portaltest.String(got, "terms", "body") != en.Bodies.EN ||
				portaltest.String(got, "terms", "acceptedBy") != "BY_CONDUCT" {
				t.Fatalf("%v", got)
			}
		})
	})
}

func TestExplicitAmendment(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		effective := portaltest.Start.Add(72 * time.Hour)
		early, late := w.Verified("Early"), w.Verified("Late")
		publish(t, w, amendment(agreement.PrivacyPolicy, "two", effective))
		two := termsID(t, w, "two")
		newApp := map[string]any{"i": map[string]any{"accountId": late.AccountID, "name": "App", "kind": "SOCIAL", "region": "MAINLAND"}}
		const create = `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { application { id } ` + userErrors + ` } }`
		t.Run("0: from its publication on a version can be accepted", func(t *testing.T) {
			p := w.Done(early, acceptOne, input(early, two))
			if portaltest.String(p, "acceptance", "how") != "EXPLICIT" || portaltest.String(p, "acceptance", "terms", "id") != two ||
				portaltest.String(p, "acceptance", "person", "id") != early.PersonID {
				t.Fatalf("%v", p)
			}
			again := w.Done(early, acceptOne, input(early, two))
			if portaltest.String(again, "acceptance", "id") != portaltest.String(p, "acceptance", "id") {
				t.Fatal("accepting again isn't the first acceptance")
			}
		})
		w.AdvanceTo(effective.Add(-time.Microsecond))
		t.Run("0: before its effective date a version restricts nobody", func(t *testing.T) {
			if got := restrictions(w, late); len(got) != 0 {
				t.Fatal(got)
			}
		})
		w.AdvanceTo(effective)
		t.Run("0: from its effective date on its absence restricts everyone but who accepted it", func(t *testing.T) {
			if got := restrictions(w, late); len(got) != 1 || got[0] != "TERMS_ACCEPTANCE_REQUIRED" {
				t.Fatal(got)
			}
			if got := restrictions(w, early); len(got) != 0 {
				t.Fatal(got)
			}
			if n, err := w.Portal.Store.Read().Restriction.Query().Where(restriction.Code("TERMS_ACCEPTANCE_REQUIRED"), restriction.LiftsIDIsNil()).
				Count(w.System()); n != 1 || err != nil {
				t.Fatal("not one row for everyone:", n, err)
			}
		})
		t.Run("0: a restriction names the version, and how to accept it", func(t *testing.T) {
			d := w.Must(late, duty, map[string]any{"id": late.AccountID})
			if portaltest.String(d, "account", "termsDue", 0, "id") != two || portaltest.String(d, "account", "termsDue", 0, "acceptedBy") != "EXPLICIT" ||
				!strings.HasSuffix(portaltest.String(d, "account", "termsDue", 0, "body"), "two") {
				t.Fatalf("%v", d)
			}
			remedy := portaltest.At(d, "account", "standing", "restrictions", 0, "remedy")
			if portaltest.String(remedy, "operation") != "acceptTerms" || portaltest.String(remedy, "input", "termsId") != two ||
				portaltest.String(remedy, "input", "accountId") != late.AccountID {
				t.Fatalf("%v", remedy)
			}
		})
		t.Run("0: until it is accepted nothing but reading, accepting and settling is allowed", func(t *testing.T) {
			r := w.Refused(late, create, newApp)
			holds(t, r, "TERMS_ACCEPTANCE_REQUIRED", "0", "")
			w.Done(late, acceptOne, map[string]any{"i": r.Remedy.Input})
			if got := restrictions(w, late); len(got) != 0 {
				t.Fatal(got)
			}
		})
	})
}

func TestAnAmendmentIsReplaced(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		effective := portaltest.Start.Add(72 * time.Hour)
		early, late, operator := w.Owner("Early"), w.Owner("Late"), w.Operator("compliance")
		publish(t, w, amendment(agreement.PrivacyPolicy, "two", effective))
		two := termsID(t, w, "two")
		w.AdvanceTo(effective)
		t.Run("0: a version that a later one replaced isn't accepted, and restricts nobody any more", func(t *testing.T) {
			fresh, between := w.Owner("Fresh"), w.Owner("Between") // they register under version two, and so accept it
			publish(t, w, amendment(agreement.PrivacyPolicy, "three", effective.Add(time.Hour)))
			if got := restrictions(w, w.Owner("Also under two")); len(got) != 1 || got[0] != "VERIFICATION_REQUIRED" {
				t.Fatal(got)
			}
			consistent(t, w)
			w.AdvanceTo(effective.Add(time.Hour))
			if got := restrictions(w, between); len(got) != 2 {
				t.Fatal(got)
			}
			consistent(t, w)
			three := termsID(t, w, "three")
			r := w.Refused(fresh, acceptOne, input(fresh, two))
			holds(t, r, "TERMS_SUPERSEDED", "0", "input.termsId")
			if r.Remedy.Input["termsId"] != three {
				t.Fatalf("%v", r.Remedy)
			}
			w.Done(fresh, acceptOne, map[string]any{"i": r.Remedy.Input})
			if got := restrictions(w, fresh); len(got) != 1 || got[0] != "VERIFICATION_REQUIRED" {
				t.Fatal(got)
			}
			consistent(t, w)
			if newcomer := restrictions(w, w.Owner("Newcomer")); len(newcomer) != 1 || newcomer[0] != "VERIFICATION_REQUIRED" {
				t.Fatal(newcomer)
			}
		})
		t.Run("0: what was never published can't be accepted, nor for another's account, nor by an operator", func(t *testing.T) {
			holds(t, w.Refused(early, acceptOne, input(early, "term_none")), "NOT_FOUND", "", "input.termsId")
			holds(t, w.Refused(early, acceptOne, input(late, two)), "NOT_FOUND", "", "input.accountId")
			if r := w.Send(operator, acceptOne, input(early, two)); len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Fatalf("%s", r.Raw)
			}
		})
	})
}

func TestRegistrationAcceptsTheTermsInForce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		current := w.TermsIDs()
		publish(t, w, amendment(agreement.ServiceTerms, "ahead", portaltest.Start.Add(24*time.Hour)))
		ahead := termsID(t, w, "ahead")
		for name, ids := range map[string][]string{
			"0: one document missing":              current[:1],
			"0: none":                              {},
			"0: a version that isn't in force yet": {ahead, current[1]},
			"0: one more than those in force":      {current[0], current[1], ahead},
			"0: an unknown version":                {current[0], "term_none"},
		} {
			t.Run(name, func(t *testing.T) {
				in := w.RegisterInput("Acme")
				in["acceptedTermsIds"] = ids
				r := w.Refused(nil, portaltest.RegisterMutation, map[string]any{"i": in})
				holds(t, r, "TERMS_NOT_CURRENT", "0", "input.acceptedTermsIds")
				if r.Remedy.Operation != "terms" {
					t.Fatalf("%v", r.Remedy)
				}
			})
		}
		t.Run("0: exactly those in force, in any order", func(t *testing.T) {
			in := w.RegisterInput("Acme")
			in["acceptedTermsIds"] = []string{current[1], current[0], current[0]}
			p := w.Done(nil, portaltest.RegisterMutation, map[string]any{"i": in})
			rows, err := w.Portal.Store.Read().Acceptance.Query().Where(acceptance.AccountID(portaltest.String(p, "account", "id"))).All(w.System())
			if err != nil || len(rows) != 2 || rows[0].How != acceptance.HowEXPLICIT {
				t.Fatal(rows, err)
			}
		})
	})
}
