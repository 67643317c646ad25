package agreement_test

import (
	"sync"
	"testing"
	"time"

	"portico/authz"
	"portico/ent/db/acceptance"
	"portico/ent/db/auditevent"
	"portico/portal/agreement"
	"portico/portal/portaltest"
)

const newApplication = `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { application { id } ` + told + ` } }`

// conduct is an amendment that is accepted by going on.
type conduct struct {
	*testing.T
	w         *portaltest.World
	effective time.Time
	id        string
}

// amended publishes such an amendment, a day ahead.
func amended(t *testing.T, w *portaltest.World) conduct {
	t.Helper()
	effective := portaltest.Start.Add(24 * time.Hour)
	publish(t, w, amendment(agreement.ServiceTerms, "two", effective))
	return conduct{t, w, effective, termsID(t, w, "two")}
}

func (c conduct) record(a *portaltest.Actor) {
	c.Helper()
	if err := agreement.RecordConduct(c.w.As(a), c.w.Portal.Store, a.AccountID); err != nil {
		c.Fatal(err)
	}
}

// accepted counts the acceptances by conduct of an account.
func (c conduct) accepted(a *portaltest.Actor) int {
	c.Helper()
	n, err := c.w.Portal.Store.Read().Acceptance.Query().Where(acceptance.AccountID(a.AccountID), acceptance.TermsID(c.id),
		acceptance.HowEQ(acceptance.HowBY_CONDUCT)).Count(c.w.System())
	if err != nil {
		c.Fatal(err)
	}
	return n
}

// due tells what the owner's going on would accept.
func (c conduct) due(a *portaltest.Actor) string {
	c.Helper()
	m, err := agreement.ConductDue(c.w.As(a), c.w.Portal.Store.Read(), []string{a.AccountID}, c.w.Portal.Store.Now())
	if err != nil {
		c.Fatal(err)
	}
	return m[a.AccountID]
}

func TestConductCountsFromTheEffectiveDate(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Owner("Acme")
		c := amended(t, w)
		app := map[string]any{"i": map[string]any{"accountId": a.AccountID, "name": "App", "kind": "SOCIAL", "region": "MAINLAND"}}
		w.AdvanceTo(c.effective.Add(-time.Microsecond))
		t.Run("0: before the effective date going on accepts nothing", func(t *testing.T) {
			w.Done(a, newApplication, app)
			c.record(a)
			if c.due(a) != "" || c.accepted(a) != 0 {
				t.Fatal(c.due(a), c.accepted(a))
			}
		})
		w.AdvanceTo(c.effective)
		t.Run("0: reading, signing in and accepting are no conduct", func(t *testing.T) {
			w.Wall.Advance(24 * time.Hour) // so that it signs in anew
			w.Must(a, duty, map[string]any{"id": a.AccountID})
			w.Refused(a, acceptOne, nothing(a))
			if c.due(a) != c.id || c.accepted(a) != 0 {
				t.Fatal(c.due(a), c.accepted(a))
			}
		})
		t.Run("0: an amendment accepted by conduct restricts nobody", func(t *testing.T) {
			if got := restrictions(w, a); len(got) != 1 || got[0] != "VERIFICATION_REQUIRED" {
				t.Fatal(got)
			}
		})
		t.Run("0: the owner's first mutation after it is acceptance", func(t *testing.T) {
			w.Done(a, newApplication, app)
			if c.due(a) != "" || c.accepted(a) != 1 {
				t.Fatal(c.due(a), c.accepted(a))
			}
		})
		t.Run("0: an amendment that asks for a click is never accepted by conduct", func(t *testing.T) {
			publish(t, w, amendment(agreement.PrivacyPolicy, "strict", w.Portal.Store.Now().Add(time.Hour)))
			w.AdvanceTo(w.Portal.Store.Now().Add(time.Hour))
			c.record(a)
			if got := restrictions(w, a); len(got) != 2 {
				t.Fatal(got)
			}
		})
	})
}

// nothing is an acceptance of a version that was never published.
func nothing(a *portaltest.Actor) map[string]any { return input(a, "term_none") }

func TestConductIsTheOwnersAndCountsOnce(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Owner("Acme"), w.Owner("Other")
		c := amended(t, w)
		w.AdvanceTo(c.effective)
		t.Run("0: only the owner's conduct accepts", func(t *testing.T) {
			p := *authz.From(w.As(a))
			p.Grants = []authz.Grant{{AccountID: a.AccountID, RoleCode: "administrator", Allow: authz.Law().Role("administrator")}}
			if err := agreement.RecordConduct(authz.With(w.System(), &p), w.Portal.Store, a.AccountID); err != nil {
				t.Fatal(err)
			}
			if err := agreement.RecordConduct(w.As(w.Platform()), w.Portal.Store, a.AccountID); err != nil {
				t.Fatal(err)
			}
			if c.accepted(a) != 0 {
				t.Fatal("somebody else's conduct accepted")
			}
		})
		t.Run("0: the owner's going on accepts once, however often and at once", func(t *testing.T) {
			ctx := w.As(a)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if err := agreement.RecordConduct(ctx, w.Portal.Store, a.AccountID); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if c.due(a) != "" || c.accepted(a) != 1 || c.accepted(b) != 0 {
				t.Fatal(c.due(a), c.accepted(a), c.accepted(b))
			}
			row, err := w.Portal.Store.Read().Acceptance.Query().Where(acceptance.AccountID(a.AccountID), acceptance.TermsID(c.id)).Only(w.System())
			if err != nil || row.PersonID != a.PersonID || row.Address == "" || row.Agent == "" {
				t.Fatal(row, err)
			}
		})
		t.Run("0: where nothing is due nothing is written, the audit included", func(t *testing.T) {
			events := func() int {
				n, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("recordConduct")).Count(w.System())
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			before := events()
			c.record(a)
			if events() != before {
				t.Fatal("an event was written")
			}
		})
		t.Run("0: a click accepts such a version too", func(t *testing.T) {
			if p := w.Done(b, acceptOne, input(b, c.id)); portaltest.String(p, "acceptance", "how") != "EXPLICIT" || c.due(b) != "" {
				t.Fatal(p, c.due(b))
			}
		})
	})
}
