package account_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/ent/db/auditevent"
	"portico/ent/db/declaration"
	"portico/portaltest"
)

// population counts every row that registering may add.
func population(t *testing.T, w *portaltest.World) string {
	t.Helper()
	c, ctx := w.Portal.Store.Read(), w.System()
	all := map[string]int{} // fmt prints it in the order of its keys
	for name, count := range map[string]func(context.Context) (int, error){
		"person": c.Person.Query().Count, "account": c.Account.Query().Count, "employee": c.Employee.Query().Count,
		"grant": c.Grant.Query().Count, "ownership": c.Ownership.Query().Count, "declaration": c.Declaration.Query().Count,
		"acceptance": c.Acceptance.Query().Count, "restriction": c.Restriction.Query().Count, "session": c.Session.Query().Count,
		"token": c.SessionToken.Query().Count, "link": c.EmailLink.Query().Count, "message": c.Message.Query().Count,
	} {
		n, err := count(ctx)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = n
	}
	return fmt.Sprint(all)
}

func TestRegistrationIsRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		registered := w.Owner("Ada")
		w.Wall.Advance(time.Minute)
		taken := w.RegisterInput("Eve")
		taken["phone"], taken["code"] = registered.Phone, w.Code(registered.Phone, "REGISTER")
		good := w.RegisterInput("Eve")
		before := population(t, w)
		for _, c := range []struct {
			name, field         string
			value               any
			code, clause, where string
		}{
			{"a number that is none", "phone", "12345", "PHONE_INVALID", "1.1", "input.phone"},
			{"a landline", "phone", "010 6552 9988", "PHONE_INVALID", "1.1", "input.phone"},
			{"an address that is none", "email", "eve", "EMAIL_INVALID", "1.1", "input.email"},
			{"no name", "personName", "\u200b ", "INVALID_INPUT", "", "input.personName"},
			{"a name of 201 characters", "personName", strings.Repeat("王", 201), "INVALID_INPUT", "", "input.personName"},
			{"no company", "companyName", "", "INVALID_INPUT", "", "input.companyName"},
			{"no declared capacity", "declaresFullCapacity", false, "CAPACITY_NOT_DECLARED", "1.2", "input.declaresFullCapacity"},
			{"no export declaration", "exportDeclaration", false, "EXPORT_NOT_DECLARED", "8", "input.exportDeclaration"},
			{"a weak password", "password", "password123", "PASSWORD_WEAK", "1.4", "input.password"},
			{"the address as password", "password", good["email"], "PASSWORD_WEAK", "1.4", "input.password"},
			{"no accepted terms", "acceptedTermsIds", []string{}, "TERMS_NOT_CURRENT", "0", "input.acceptedTermsIds"},
			{"half of the terms", "acceptedTermsIds", good["acceptedTermsIds"].([]string)[:1], "TERMS_NOT_CURRENT", "0", "input.acceptedTermsIds"},
			{"a wrong code", "code", "x", "CODE_WRONG", "1.1", "input.code"},
		} {
			t.Run("1.1: "+c.name+" is refused, and leaves nothing", func(t *testing.T) {
				input := maps.Clone(good)
				input[c.field] = c.value
				r := w.Refused(nil, portaltest.RegisterMutation, map[string]any{"i": input})
				if r.Code != c.code || r.Clause != c.clause || strings.Join(r.Field, ".") != c.where {
					t.Errorf("%s by %q at %v", r.Code, r.Clause, r.Field)
				}
				if after := population(t, w); after != before {
					t.Errorf("%s\nbefore %s", after, before)
				}
			})
		}
		t.Run("1.1: a caller who proved a registered number learns that, and how to sign in", func(t *testing.T) {
			r := w.Refused(nil, portaltest.RegisterMutation, map[string]any{"i": taken})
			refused(t, r, "PHONE_REGISTERED", "1.1", "input.phone")
			if r.Remedy.Operation != "signIn" || r.Remedy.Input["login"] != registered.Phone {
				t.Errorf("%v", r.Remedy)
			}
			if after := population(t, w); after != before {
				t.Errorf("%s\nbefore %s", after, before)
			}
		})
		t.Run("1.1: after all these refusals the code still serves, and the same input registers", func(t *testing.T) {
			w.Done(nil, portaltest.RegisterMutation, map[string]any{"i": good})
		})
	})
}

func TestRegistration(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.1: of eight registrations of one number at once one succeeds", func(t *testing.T) {
			input := w.RegisterInput("Eve")
			var mu sync.Mutex
			var wg sync.WaitGroup
			got := map[string]int{}
			for range 8 {
				wg.Go(func() {
					r := w.Send(nil, portaltest.RegisterMutation, map[string]any{"i": input})
					code := ""
					if list := r.Refusals(t); len(list) > 0 {
						code = list[0].Code
					}
					mu.Lock()
					defer mu.Unlock()
					got[code]++
				})
			}
			wg.Wait()
			if got[""] != 1 || got["CODE_WRONG"] != 7 {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.2: who registers declares capacity and the kind of subject, and what was done is the person's", func(t *testing.T) {
			a := w.Owner("Ada")
			kinds, err := w.Portal.Store.Read().Declaration.Query().Where(declaration.AccountID(a.AccountID), declaration.PersonID(a.PersonID)).Count(w.System())
			if err != nil || kinds != 2 {
				t.Errorf("%d %v", kinds, err)
			}
			e, err := w.Portal.Store.Read().AuditEvent.Query().Where(auditevent.Action("register"), auditevent.ObjectID(a.AccountID)).Only(w.System())
			if err != nil || e.ActorID != a.PersonID || e.ActingAs != "owner" || e.Result != auditevent.ResultDONE || e.IPAddress == "" {
				t.Errorf("%v %v", e, err)
			}
		})
		t.Run("5.7: phone and address are kept sealed", func(t *testing.T) {
			a := w.Owner("Ada")
			p, err := w.Portal.Store.Read().Person.Get(w.System(), a.PersonID)
			if err != nil || strings.Contains(string(p.Phone), a.Phone[3:]) || strings.Contains(string(p.Email), "example") {
				t.Errorf("%v", err)
			}
		})
	})
}
