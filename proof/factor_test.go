package proof_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/recoverycode"
	"portico/ent/db/secondfactor"
	"portico/ent/db/session"
	"portico/portal/access/identity"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// secretOfApps is the secret of all authenticator apps, in base32.
const secretOfApps = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

// shown returns the code that an app shows now.
func (x *side) shown() string {
	x.T.Helper()
	code, err := totp.GenerateCode(secretOfApps, x.Wall.Now())
	if err != nil {
		x.T.Fatal(err)
	}
	return code
}

// factorless removes the second factors of an actor, as if there had been none.
func (x *side) factorless(by *portaltest.Actor) {
	if by == nil || by.PersonID == "" {
		return
	}
	x.T.Helper()
	x.write(func(tx *ent.Tx) error {
		if _, err := tx.SecondFactor.Delete().Where(secondfactor.PersonID(by.PersonID)).Exec(tx); err != nil {
			return err
		}
		if _, err := tx.RecoveryCode.Delete().Where(recoverycode.PersonID(by.PersonID)).Exec(tx); err != nil {
			return err
		}
		return tx.Session.Update().Where(session.PersonID(by.PersonID)).ClearSecondFactorAt().Exec(tx)
	})
}

// app gives an actor an authenticator app and returns the id of the factor. The
// actor's sessions have just passed it. One that isn't confirmed waits for its
// first code. It also deletes the counted tries.
func (x *side) app(by *portaltest.Actor, confirmed bool) string {
	x.T.Helper()
	x.rest()
	if by == nil || by.PersonID == "" {
		return unknownID("sfac")
	}
	x.factorless(by)
	var id string
	x.write(func(tx *ent.Tx) error {
		sealed, err := tx.Store().Seal("second_factor.secret", secretOfApps)
		if err != nil {
			return err
		}
		create := tx.SecondFactor.Create().SetPersonID(by.PersonID).SetKind(secondfactor.KindTOTP).SetName("Phone").SetSecret(sealed).SetAddedAt(tx.Wall)
		if confirmed {
			create.SetConfirmedAt(tx.Wall)
		} else {
			create.SetPendingUntil(tx.Wall.AddDate(0, 0, 1)).SetPendingKey(by.PersonID)
		}
		row, err := create.Save(tx)
		if err != nil {
			return err
		}
		if id = row.ID; !confirmed {
			return nil
		}
		return tx.Session.Update().Where(session.PersonID(by.PersonID)).SetSecondFactorAt(tx.Wall).Exec(tx)
	})
	return id
}

// unconfirmed makes an actor's second factors count no longer once an operation is
// done. It leaves the rows, which some tests count.
func unconfirmed(x *side, by *portaltest.Actor) {
	if by == nil || by.PersonID == "" {
		return
	}
	x.T.Helper()
	x.write(func(tx *ent.Tx) error {
		return tx.SecondFactor.Update().Where(secondfactor.PersonID(by.PersonID)).ClearConfirmedAt().Exec(tx)
	})
}

// challenge returns the challenge of a new person who has given its password.
func (x *side) challenge() string {
	x.T.Helper()
	p := x.Person(fmt.Sprint("Challenged ", x.serial()))
	x.app(p, true)
	token := identity.NewToken(identity.ChallengePrefix)
	x.write(func(tx *ent.Tx) error {
		row, err := tx.Person.Get(tx, p.PersonID)
		if err != nil {
			return err
		}
		return tx.SignInChallenge.Create().SetPersonID(p.PersonID).SetTokenHash(ent.Hash(token)).SetPasswordMark(ent.Hash(row.PasswordHash)).
			SetCreatedAt(tx.Wall).SetExpiresAt(tx.Wall.AddDate(0, 0, 1)).Exec(tx)
	})
	return token
}

// TestSensitiveOperationsAreRefusedWithoutAFreshFactor sends every operation of an
// account as its owner, who has a second factor: what policy.csv lists under
// STEP_UP_REQUIRED is refused until the factor is passed, and nothing else is.
func TestSensitiveOperationsAreRefusedWithoutAFreshFactor(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		x := s.a
		x.furnish()
		for _, f := range fields(published().Mutation) {
			p, asks := authz.ParsePermission(permission(f.Directives.ForName("can"), "do"))
			if !asks || !authz.Law().Role(staff.Owner).Has(p) || f.Directives.ForName("sandbox") != nil {
				continue
			}
			ref, sensitive := authz.Law().NeedsFactor(p)
			name := "1.4: " + f.Name + " needs no fresh factor"
			if sensitive {
				name = string(ref) + ": " + f.Name + " needs a fresh factor"
			}
			t.Run(name, func(t *testing.T) {
				sent := func(ago time.Duration) string {
					args := operations[f.Name].args(s, x, x.owner)
					x.app(x.owner, true)
					x.write(func(tx *ent.Tx) error {
						return tx.Session.Update().Where(session.PersonID(x.owner.PersonID)).SetSecondFactorAt(tx.Wall.Add(-ago)).Exec(tx)
					})
					return result(s.Send(x.owner, document(f.Name, args, shape{first: 1, depth: 1}), args))
				}
				if got := sent(15 * time.Minute); strings.Contains(got, "STEP_UP_REQUIRED") != sensitive || sensitive && !strings.Contains(got, "STEP_UP_REQUIRED("+string(ref)+")") {
					t.Errorf("after 15 minutes: %s", got)
				}
				if got := sent(15*time.Minute - time.Microsecond); strings.Contains(got, "STEP_UP_REQUIRED") {
					t.Errorf("within 15 minutes: %s", got)
				}
			})
		}
	})
}
