package authz_test

import (
	"testing"
	"time"

	"portico/authz"
	"portico/clause"
)

// sensitive are the permissions that need a fresh second factor, each with its
// clause.
var sensitive = map[authz.Permission]clause.Ref{authz.EmployeeInvite: "1.5", authz.EmployeeUpdate: "1.5", authz.EmployeeOffboard: "1.5", authz.EmployeeSuspend: "1.5",
	authz.RoleManage: "1.5", authz.GroupManage: "1.5", authz.OwnershipOffer: "1.5", authz.PayerDesignate: "3.5", authz.APIKeyCreate: "1.4"}

func TestWhatNeedsAFreshFactor(t *testing.T) {
	now := time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC)
	for perm, by := range sensitive {
		t.Run(string(by)+": "+perm.String()+" needs a fresh second factor", func(t *testing.T) {
			stale := &authz.Principal{Kind: authz.Person, HasFactor: true, SecondFactorAt: now.Add(-15 * time.Minute)}
			if ref, needed := stale.StepUp(perm, now); !needed || ref != by {
				t.Errorf("needed: %v, by %q", needed, ref)
			}
			fresh := &authz.Principal{Kind: authz.Person, HasFactor: true, SecondFactorAt: now.Add(-15*time.Minute + time.Microsecond)}
			if _, needed := fresh.StepUp(perm, now); needed {
				t.Error("a fresh one doesn't do")
			}
			none := &authz.Principal{Kind: authz.Person}
			if _, needed := none.StepUp(perm, now); needed {
				t.Error("who has no factor is asked for one")
			}
		})
	}
	for _, perm := range authz.Permissions() {
		if _, needed := authz.Law().NeedsFactor(perm); needed && sensitive[perm] == "" {
			t.Errorf("%s needs a fresh second factor and isn't listed here", perm)
		}
	}
	p := &authz.Principal{Kind: authz.Person, HasFactor: true, SecondFactorAt: now}
	if n := testing.AllocsPerRun(100, func() { p.StepUp(authz.EmployeeInvite, now) }); n > 0 {
		t.Errorf("a decision allocates %v times", n)
	}
}
