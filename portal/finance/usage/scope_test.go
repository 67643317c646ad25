package usage_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"portico/ent/db/usageevent"
	"portico/portal/offer/catalog"
	"portico/portal/offer/catalog/demo"
	"portico/portaltest"
)

const over = " over:0:USAGE_LIMIT_REACHED/2.3"

// users is an account with registered users.
type users struct {
	*portaltest.World
	plane *portaltest.Actor
	sent  int
}

// at reports an application's level, and returns the answer.
func (u *users) at(app, level string) string {
	u.T.Helper()
	u.sent++
	return counts(send(u.World, u.plane, event(app, fmt.Sprint("level-", u.sent), metric, level, at(u.World))))
}

// left returns the entitlement of an application: whether one more is allowed,
// and how many of how many are used.
func (u *users) left(app string) string {
	u.T.Helper()
	e := u.Must(u.plane, entitled, input{"a": app, "m": metric})["entitlement"].(input)
	return fmt.Sprint(e["allowed"], " ", e["used"], "/", e["limit"])
}

func hold(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// developers returns applications on the developer plan.
func developers(w *portaltest.World, a *portaltest.Actor, n int) []string {
	apps := make([]string, n)
	for i := range apps {
		apps[i] = w.Application(a, "MAINLAND")
		open(w, a, apps[i], "im-developer", "0.00", nil)
	}
	return apps
}

func TestTheLimitIsTheAccounts(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		u := &users{World: w, plane: w.DataPlane()}
		a, foreign := w.Funded("Several", "3000.00"), developers(w, w.Verified("Foreign"), 1)[0]
		apps := developers(w, a, 2)
		one, two := apps[0], apps[1]
		hold(t, "the foreign account", u.at(foreign, "90"), "1+0")
		t.Run("2.3: the 100th user over two applications is the last that is allowed, to either", func(t *testing.T) {
			hold(t, "one at 60", u.at(one, "60"), "1+0")
			hold(t, "two at 39", u.at(two, "39"), "1+0")
			hold(t, "99, asked by one", u.left(one), "true 99/100")
			hold(t, "99, asked by two", u.left(two), "true 99/100")
			hold(t, "two at 40", u.at(two, "40"), "1+0")
			hold(t, "100, asked by one", u.left(one), "false 100/100")
			hold(t, "100, asked by two", u.left(two), "false 100/100")
			hold(t, "another account", u.left(foreign), "true 90/100")
		})
		t.Run("2.3: the 101st over two applications is recorded, marked, and answered with the limit", func(t *testing.T) {
			p := send(w, u.plane, event(two, "two-41", metric, "41", at(w)))
			hold(t, "two at 41", counts(p), "1+0"+over)
			mark := portaltest.At(p, "overLimit", 0)
			hold(t, "its figures", fmt.Sprint(portaltest.At(mark, "params")), "map[limit:100 metric:im.registered_users scope:ACCOUNT used:101]")
			if portaltest.String(mark, "eventId") != "two-41" || portaltest.String(mark, "source") != "edge-1" || portaltest.String(mark, "message") == "" {
				t.Errorf("%v", mark)
			}
			for id, marked := range map[string]bool{"two-41": true, fmt.Sprint("level-", u.sent): false} {
				row, err := w.Portal.Store.Read().UsageEvent.Query().Where(usageevent.EventID(id)).Only(w.System())
				if err != nil || row.OverLimit != marked {
					t.Errorf("the event %s: %+v, %v", id, row, err)
				}
			}
			hold(t, "101, asked by one", u.left(one), "false 101/100")
			hold(t, "sent again", counts(send(w, u.plane, event(two, "two-41", metric, "41", at(w)))), "0+1")
			hold(t, "fewer, and still too many", u.at(one, "59.5"), "1+0"+over)
			hold(t, "another account", u.at(foreign, "100"), "1+0")
			hold(t, "within one report", counts(send(w, u.plane, event(one, "r-0", metric, "59", at(w)), event(two, "r-1", metric, "42", at(w)),
				event(one, "r-2", metric, "58", at(w)), event(foreign, "r-3", metric, "101", at(w)), event(two, "r-4", metric, "41", at(w)))),
				"5+0 over:1:USAGE_LIMIT_REACHED/2.3 over:3:USAGE_LIMIT_REACHED/2.3")
			hold(t, "99", u.left(two), "true 99/100")
		})
		t.Run("2.3: a plan that is too small for the account's users can't be ordered", func(t *testing.T) { u.tooSmall(t, a, one, two) })
		t.Run("2.3: the users of an application on the flagship plan are unlimited, and don't count", func(t *testing.T) {
			u.at(two, "60")
			hold(t, "before", u.left(one), "false 118/100")
			open(w, a, two, "im-flagship", "1500.00", month())
			hold(t, "on the flagship", u.left(two), "true 60/<nil>")
			hold(t, "5000 of them", u.at(two, "5000"), "1+0")
			hold(t, "the developer plan's application", u.left(one), "true 58/100")
			hold(t, "it at 100", u.at(one, "100"), "1+0")
			hold(t, "it at 101", u.at(one, "101"), "1+0"+over)
		})
	})
}

// tooSmall orders the developer plan for a third application, while the first
// two are at 58 and 41 users.
func (u *users) tooSmall(t *testing.T, a *portaltest.Actor, one, two string) {
	third := u.Application(a, "MAINLAND")
	in := input{"accountId": a.AccountID, "planId": u.PlanID("im-developer"), "applicationId": third, "expectedTotal": input{"amount": "0.00", "currency": "CNY"}}
	u.at(two, "43")
	if r := u.Refused(a, place, input{"i": in}); r.Code != "PLAN_TOO_SMALL" || r.Clause != "2.3" {
		t.Errorf("at 101: %+v", r)
	}
	u.at(two, "42")
	u.Done(a, place, input{"i": in})
	hold(t, "100, asked by the third", u.left(third), "false 100/100")
	u.at(third, "1")
	hold(t, "101", u.left(one), "false 101/100")
	t.Run("2.3: the users of a deleted application don't count", func(t *testing.T) {
		u.Done(a, `mutation($i: DeleteApplicationInput!) { deleteApplication(input: $i) { userErrors { code } } }`, input{"i": input{"applicationId": third}})
		u.at(two, "41")
		hold(t, "99", u.left(one), "true 99/100")
	})
	t.Run("2.3: the users of a service that has ended don't count, and do again once it is opened", func(t *testing.T) {
		fourth := u.Application(a, "MAINLAND")
		service := open(u.World, a, fourth, "im-developer", "0.00", nil)
		hold(t, "the hundredth", u.at(fourth, "1"), "1+0")
		hold(t, "100", u.left(one), "false 100/100")
		u.Done(a, `mutation($i: CloseServiceInput!) { closeService(input: $i) { userErrors { code } } }`, input{"i": input{"serviceId": service}})
		hold(t, "closed", u.left(one), "true 99/100")
		open(u.World, a, fourth, "im-developer", "0.00", nil)
		hold(t, "opened again", u.left(one), "false 100/100")
		u.at(fourth, "0")
	})
}

func TestALevelOfBeforeIsMarkedAndStaysBehind(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		u := &users{World: w, plane: w.DataPlane()}
		apps := developers(w, w.Verified("Late"), 2)
		then := w.Portal.Store.Now()
		w.AdvanceTo(then.Add(time.Hour))
		hold(t, "one at 60", u.at(apps[0], "60"), "1+0")
		hold(t, "two at 40", u.at(apps[1], "40"), "1+0")
		hold(t, "two was at 41", counts(send(w, u.plane, event(apps[1], "then", metric, "41", then.Format(time.RFC3339Nano)), event(apps[0], "now", metric, "60", at(w)))), "2+0"+over)
		hold(t, "they are at 100", u.left(apps[0]), "false 100/100")
	})
}

func TestALimitOfEachApplication(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		u := &users{World: w, plane: w.DataPlane()}
		a := w.Verified("Each")
		before := developers(w, a, 1)[0]
		doc := demo.Catalogue()
		doc.Products[0].Plans[0].Limits[0].Scope = catalog.EachApplication
		if err := catalog.Load(w.System(), w.Portal.Store, doc); err != nil {
			t.Fatal(err)
		}
		limits := w.Must(nil, `query($id: ID!) { node(id: $id) { ... on Plan { limits { metric scope } } } }`, input{"id": w.PlanID("im-developer")})
		hold(t, "what is shown", fmt.Sprint(portaltest.At(limits, "node", "limits")),
			"[map[metric:im.registered_users scope:APPLICATION] map[metric:im.messages scope:ACCOUNT]]")
		apps := developers(w, a, 2)
		t.Run("2.3: a limit of the scope APPLICATION is each application's own", func(t *testing.T) {
			for _, app := range apps {
				hold(t, "at 99", u.at(app, "99"), "1+0")
				hold(t, "at 99", u.left(app), "true 99/100")
				hold(t, "at 100", u.at(app, "100"), "1+0")
				hold(t, "at 100", u.left(app), "false 100/100")
			}
			hold(t, "at 101", u.at(apps[0], "101"), "1+0"+over)
			hold(t, "the other", u.left(apps[1]), "false 100/100")
		})
		t.Run("2.1: what was ordered before keeps its scope", func(t *testing.T) {
			hold(t, "at 100", u.at(before, "100"), "1+0")
			hold(t, "at 100", u.left(before), "false 100/100")
			hold(t, "one more of its own scope", counts(send(w, u.plane, event(developers(w, a, 1)[0], "new", metric, "100", at(w)))), "1+0")
		})
	})
}

func TestReportsThatReachTheLimitTogetherRace(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		u := &users{World: w, plane: w.DataPlane()}
		for round := range 4 {
			apps := developers(w, w.Verified(fmt.Sprint("Race", round)), 2)
			var all sync.WaitGroup
			answers := make([]portaltest.Response, len(apps))
			for i, app := range apps {
				all.Go(func() {
					answers[i] = w.Send(u.plane, report, input{"i": input{"events": []input{event(app, fmt.Sprintf("race-%d-%d", round, i), metric, "60", at(w))}}})
				})
			}
			all.Wait()
			marked := 0
			for _, r := range answers {
				list, _ := portaltest.At(r.Data, "reportUsage", "overLimit").([]any)
				marked += len(list)
			}
			if marked != 1 || u.left(apps[0]) != "false 120/100" {
				t.Errorf("2.3: of 60 and 60 at once %d are marked, and %s", marked, u.left(apps[0]))
			}
		}
	})
}
