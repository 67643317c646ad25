package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"portico/bench/floor"
	"portico/portaltest"
)

// The floor reads what Portico reads of a session, and decides as Portico does: else it
// would be compared at less work.
func TestBothSidesDecideOnASession(t *testing.T) {
	for _, engine := range portaltest.Engines {
		t.Run(engine, func(t *testing.T) {
			w := portaltest.New(t, engine)
			owner, stranger, operator := w.Verified("Owner"), w.Verified("Stranger"), w.Operator("support")
			orders := &requests{w: w, c: Customer{AccountID: owner.AccountID}}
			pl := w.Portal.Store.Read().Plan.GetX(w.System(), w.PlanID(planCode))
			if err := orders.c.fill(w.System(), w.Portal.Store, pl); err != nil {
				t.Fatal(err)
			}
			f, err := floor.Open(t.Context(), w.Database, 4, w.Portal.Store.Wall)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			order := orders.c.Orders[0]
			decide := func(who, token, want string) {
				t.Helper()
				if got := floorDecides(f, token, order); got != want {
					t.Errorf("%s: the floor answers %s, not %s", who, got, want)
				}
				if got := porticoDecides(w, token, order); got != want {
					t.Errorf("%s: Portico answers %s, not %s", who, got, want)
				}
			}
			decide("the owner", w.Token(owner), "shown")
			decide("another owner", w.Token(stranger), "hidden")
			decide("an operator, who reads accounts but no orders", w.Token(operator), "hidden")
			began := w.Wall.Now()
			d := w.Done(nil, `mutation($i: SignInInput!) { signIn(input: $i) { session { refreshToken } userErrors { code } } }`,
				map[string]any{"i": map[string]any{"login": owner.Phone, "password": portaltest.Password}})
			w.Wall.Set(began.Add(50 * time.Minute)) // so that the token outlives the session
			d = w.Done(nil, `mutation($i: RefreshSessionInput!) { refreshSession(input: $i) { session { accessToken } userErrors { code } } }`,
				map[string]any{"i": map[string]any{"refreshToken": portaltest.String(d, "session", "refreshToken")}})
			token := portaltest.String(d, "session", "accessToken")
			w.Done(owner, `mutation($i: SetSessionPolicyInput!) { setSessionPolicy(input: $i) { account { id } userErrors { code } } }`,
				map[string]any{"i": map[string]any{"accountId": owner.AccountID, "lifetimeMinutes": 60}})
			w.Wall.Set(began.Add(time.Hour - time.Microsecond))
			decide("1.4: an employee in the last instant of the lifetime that the account sets", token, "shown")
			w.Wall.Set(began.Add(time.Hour))
			decide("1.4: an employee after it", token, "unauthenticated")
		})
	}
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
