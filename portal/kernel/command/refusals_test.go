package command_test

import (
	"encoding/json"
	"slices"
	"testing"

	"portico/clause"
	"portico/ent/db/auditevent"
	"portico/portal/kernel/command"
	"portico/portaltest"
)

func TestSeveralRefusalsAreReturnedStoredAndAuditedTogether(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		codes := func(err error) (codes []string) {
			for _, r := range clause.Refused(err) {
				codes = append(codes, r.Code+" "+r.Field[1])
			}
			return codes
		}
		want := []string{clause.Invalid.Code + " name", command.StepUpRequired.Code + " planId"}
		both := clause.Refusals{clause.Invalid.At("name").With("detail", "none"), command.StepUpRequired.At("planId")}
		ctx := command.WithKey(w.As(a), "k1")
		t.Run("5.4: a command with two refusals returns both, and undoes what it did", func(t *testing.T) {
			if _, err := create(ctx, w, a.AccountID, "one", both.Err()); !slices.Equal(codes(err), want) || probes(t, w, a.AccountID) != 0 {
				t.Errorf("%v", err)
			}
		})
		t.Run("5.4: under the same key both are returned again", func(t *testing.T) {
			if _, err := create(ctx, w, a.AccountID, "one", nil); !slices.Equal(codes(err), want) {
				t.Errorf("%v", err)
			}
		})
		t.Run("1.2: the audit has one event, with the first code, and all in its details", func(t *testing.T) {
			rows := events(t, w, auditevent.ResultREFUSED)
			var details struct{ Codes []string }
			if len(rows) != 1 || rows[0].Code != clause.Invalid.Code || json.Unmarshal([]byte(rows[0].Details), &details) != nil ||
				!slices.Equal(details.Codes, []string{clause.Invalid.Code, command.StepUpRequired.Code}) {
				t.Errorf("%+v", rows)
			}
		})
	})
}
