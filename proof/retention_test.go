package proof_test

import (
	"strings"
	"testing"
	"time"

	"portico/ent/db/auditevent"
	"portico/portaltest"
)

// TestRecordsAreKeptAsLongAsTheAgreementStates makes a record of each kind and
// reads it one second before the end of its time and at the end. The days are
// literals, as in the demonstration agreement.
func TestRecordsAreKeptAsLongAsTheAgreementStates(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		s.a.furnish()
		w.Send(nil, `mutation($i: SignInInput!) { signIn(input: $i) { userErrors { code } } }`, input{"i": input{"login": "+8613000000000", "password": "wrong words for nobody"}})
		data := w.DataPlane()
		args := operations["reportUsage"].args(s, s.a, data)
		w.Must(data, document("reportUsage", args, shape{first: 1, depth: 1}), args)
		system, c := w.System(), w.Portal.Store.Read()
		const day = 24 * time.Hour
		for _, kind := range []struct {
			name  string
			kept  time.Duration
			count func() int
		}{
			{"sessions, after 30 days of lifetime", 60 * day, func() int { return c.Session.Query().CountX(system) }},
			{"the sending of messages", 90 * day, func() int { return c.Message.Query().CountX(system) }},
			{"what visitors were refused", 184 * day, func() int { return c.AuditEvent.Query().Where(auditevent.LastAtNotNil()).CountX(system) }},
			{"single usage events", 732 * day, func() int { return c.UsageEvent.Query().CountX(system) }},
			{"the audit", 1096 * day, func() int {
				return c.AuditEvent.Query().Where(auditevent.LastAtIsNil(), auditevent.AtGTE(portaltest.Start)).CountX(system)
			}},
		} {
			t.Run("6.1: "+kind.name, func(t *testing.T) {
				made := w.Wall.Now()
				defer w.Wall.Set(made)
				before := kind.count()
				if before == 0 {
					t.Fatal("there are none")
				}
				w.Wall.Set(made.Add(kind.kept - time.Second))
				purge(t, w)
				if n := kind.count(); n != before {
					t.Errorf("a second before its time is over %d of %d are left", n, before)
				}
				w.Wall.Set(made.Add(kind.kept + time.Second))
				purge(t, w)
				if n := kind.count(); n != 0 {
					t.Errorf("%d of %d are left when their time is over", n, before)
				}
			})
		}
	})
}

// purge runs the jobs that delete records.
func purge(t *testing.T, w *portaltest.World) {
	t.Helper()
	for _, j := range w.Portal.Jobs {
		if strings.HasSuffix(j.Name, ".purge") {
			if _, err := j.Run(w.System(), w.Portal.Store); err != nil {
				t.Errorf("%s: %v", j.Name, err)
			}
		}
	}
}
