package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"portico/bench/floor"
	"portico/ent"
	"portico/ent/db"
	"portico/portaltest"
)

// sides are Portico and the floor on one database, with an order of a customer.
type sides struct {
	w               *portaltest.World
	floor           *floor.Floor
	owner           *portaltest.Actor
	order           string
	stranger, staff *portaltest.Actor
}

// eachSides runs a test on both engines.
func eachSides(t *testing.T, run func(t *testing.T, s *sides)) {
	for _, engine := range portaltest.Engines {
		t.Run(engine, func(t *testing.T) {
			w := portaltest.New(t, engine)
			s := &sides{w: w, owner: w.Verified("Owner"), stranger: w.Verified("Stranger"), staff: w.Operator("support")}
			r := &requests{w: w, c: Customer{AccountID: s.owner.AccountID}}
			pl := w.Portal.Store.Read().Plan.GetX(w.System(), w.PlanID(planCode))
			if err := r.c.fill(w.System(), w.Portal.Store, pl); err != nil {
				t.Fatal(err)
			}
			s.order = r.c.Orders[0]
			f, err := floor.Open(t.Context(), w.Database, 4, w.Portal.Store.Wall)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			s.floor = f
			run(t, s)
		})
	}
}

// decide compares what both sides answer to who asks for the order.
func (s *sides) decide(who, token, want string) {
	s.w.T.Helper()
	if got := floorDecides(s.floor, token, s.order); got != want {
		s.w.T.Errorf("%s: the floor answers %s, not %s", who, got, want)
	}
	if got := porticoDecides(s.w, token, s.order); got != want {
		s.w.T.Errorf("%s: Portico answers %s, not %s", who, got, want)
	}
}

const setSessions = `mutation($i: SetSessionPolicyInput!) { setSessionPolicy(input: $i) { account { id } userErrors { code } } }`

// The floor reads what Portico reads of a session, and decides as Portico does: else it
// would be compared at less work.
func TestBothSidesDecideOnASession(t *testing.T) {
	eachSides(t, func(_ *testing.T, s *sides) {
		w := s.w
		s.decide("the owner", w.Token(s.owner), "shown")
		s.decide("another owner", w.Token(s.stranger), "hidden")
		s.decide("an operator, who reads accounts but no orders", w.Token(s.staff), "hidden")
		began := w.Wall.Now()
		d := w.Done(nil, `mutation($i: SignInInput!) { signIn(input: $i) { session { refreshToken } userErrors { code } } }`,
			map[string]any{"i": map[string]any{"login": s.owner.Phone, "password": portaltest.Password}})
		w.Wall.Set(began.Add(50 * time.Minute)) // so that the token outlives the session
		d = w.Done(nil, `mutation($i: RefreshSessionInput!) { refreshSession(input: $i) { session { accessToken } userErrors { code } } }`,
			map[string]any{"i": map[string]any{"refreshToken": portaltest.String(d, "session", "refreshToken")}})
		token := portaltest.String(d, "session", "accessToken")
		w.Done(s.owner, setSessions, map[string]any{"i": map[string]any{"accountId": s.owner.AccountID, "lifetimeMinutes": 60}})
		w.Wall.Set(began.Add(time.Hour - time.Microsecond))
		s.decide("1.4: an employee in the last instant of the lifetime that the account sets", token, "shown")
		w.Wall.Set(began.Add(time.Hour))
		s.decide("1.4: an employee after it", token, "unauthenticated")
	})
}

func TestBothSidesDecideOnAMissingFactor(t *testing.T) {
	eachSides(t, func(t *testing.T, s *sides) {
		w, token := s.w, s.w.Token(s.owner)
		w.Done(s.owner, setSessions, map[string]any{"i": map[string]any{"accountId": s.owner.AccountID}})
		requires := func(set func(*db.SessionPolicyUpdate) *db.SessionPolicyUpdate) {
			t.Helper()
			if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error { return set(tx.SessionPolicy.Update()).Exec(tx) }); err != nil {
				t.Fatal(err)
			}
		}
		requires(func(u *db.SessionPolicyUpdate) *db.SessionPolicyUpdate { return u.SetFactorScope("EVERYONE") })
		s.decide("1.5: who lacks a second factor that everyone needs", token, "hidden")
		requires(func(u *db.SessionPolicyUpdate) *db.SessionPolicyUpdate {
			return u.SetFactorScope("NAMED_ROLES").SetFactorRoles(`["role_owner"]`)
		})
		s.decide("1.5: who lacks one that the role needs", token, "hidden")
		requires(func(u *db.SessionPolicyUpdate) *db.SessionPolicyUpdate { return u.SetFactorRoles(`["role_finance"]`) })
		s.decide("1.5: who holds another role", token, "shown")
	})
}

func decided(status int, body string) string {
	switch {
	case status == http.StatusUnauthorized || strings.Contains(body, "UNAUTHENTICATED"):
		return "unauthenticated"
	case status == http.StatusForbidden || status == http.StatusNotFound || strings.Contains(body, `"node":null`):
		return "hidden"
	case status == http.StatusOK && strings.Contains(body, `"number":"`):
		return "shown"
	}
	return fmt.Sprint(status, " ", body)
}

func floorDecides(f *floor.Floor, token, order string) string {
	req := httptest.NewRequest(http.MethodGet, "/orders/"+order, http.NoBody)
	req.Header.Set("Authorization", "Bearer "+token)
	rec := httptest.NewRecorder()
	f.Handler().ServeHTTP(rec, req)
	return decided(rec.Code, rec.Body.String())
}

func porticoDecides(w *portaltest.World, token, order string) string {
	r := w.SendToken(token, pointQuery, map[string]any{"id": order})
	return decided(http.StatusOK, string(r.Raw))
}
