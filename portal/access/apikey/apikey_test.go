package apikey_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portico/authz"
	"portico/ent"
	dbapikey "portico/ent/db/apikey"
	"portico/ent/db/employee"
	"portico/ent/db/session"
	"portico/portal/access/identity"
	"portico/portaltest"
)

const (
	wrong   = ` userErrors { code message clause field remedy { description operation input } } } }`
	create  = `mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { apiKey { id prefix expiresAt } secret` + wrong
	rotate  = `mutation($i: RotateApiKeyInput!) { rotateApiKey(input: $i) { apiKey { id prefix expiresAt status } secret previousUntil` + wrong
	revoke  = `mutation($i: RevokeApiKeyInput!) { revokeApiKey(input: $i) { apiKey { id status } ` + wrong
	keys    = `query($id: ID!) { account(id: $id) { apiKeys(first: 20) { totalCount nodes { id name prefix owner { id } permissions applications { id } networks createdAt expiresAt lastUsedAt previousUntil handedOverAt revokedAt status } } } }`
	account = `query($id: ID!) { account(id: $id) { id displayName } }`
	orders  = `query($id: ID!) { account(id: $id) { orders(first: 1) { totalCount } } }`
)

// in returns the input of an operation, from pairs of field and value.
func in(pairs ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return map[string]any{"i": m}
}

// refused checks a refusal's code, clause and field.
func refused(t *testing.T, r portaltest.Refusal, code, clause, field string) {
	t.Helper()
	if r.Code != code || r.Clause != clause || strings.Join(r.Field, ".") != field {
		t.Fatalf("%s by %q at %v, want %s by %q at %q", r.Code, r.Clause, r.Field, code, clause, field)
	}
	if r.Message == "" || clause != "" && r.Remedy == nil {
		t.Fatalf("%s has no text or no remedy", r.Code)
	}
}

// outcome returns the code of the first error or refusal of an answer; "done" if there is
// none.
func outcome(t *testing.T, r portaltest.Response) string {
	t.Helper()
	if len(r.Errors) > 0 {
		return r.Errors[0].Code()
	}
	if list := r.Refusals(t); len(list) > 0 {
		return list[0].Code
	}
	return "done"
}

// reads returns the outcome of reading an account.
func reads(w *portaltest.World, by *portaltest.Actor, accountID string) string {
	w.T.Helper()
	r := w.Send(by, account, map[string]any{"id": accountID})
	if len(r.Errors) > 0 {
		return r.Errors[0].Code()
	}
	if portaltest.At(r.Data, "account") == nil {
		return "null"
	}
	return "done"
}

func wants(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// employeeID returns the employee that a person is on an account.
func employeeID(w *portaltest.World, a *portaltest.Actor) string {
	w.T.Helper()
	return w.Portal.Store.Read().Employee.Query().Where(employee.AccountID(a.AccountID), employee.PersonID(a.PersonID)).OnlyX(w.System()).ID
}

// shown returns a key as the owner of its account reads it.
func shown(w *portaltest.World, by, key *portaltest.Actor) any {
	w.T.Helper()
	d := w.Must(by, keys, map[string]any{"id": by.AccountID})
	for _, k := range portaltest.At(d, "account", "apiKeys", "nodes").([]any) {
		if portaltest.String(k, "id") == key.PersonID {
			return k
		}
	}
	w.T.Fatalf("%s isn't among %v", key.PersonID, d)
	return nil
}

func TestAKeyIsCreated(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		w.VerifyEmail(a)
		t.Run("1.4: its secret is shown once, and only a hash of it is kept; its owner is told", func(t *testing.T) {
			p := w.Done(a, create, in("accountId", a.AccountID, "name", "Billing sync", "permissions", []string{"ACCOUNT_READ", "ORDER_READ"}, "networks", []string{"192.0.2.77/24", "::ffff:10.1.2.3/104", "2001:db8::5"}))
			secret := portaltest.String(p, "secret")
			if !authz.IsAPIKey(secret) || len(secret) != 52 || portaltest.String(p, "apiKey", "prefix") != secret[:9] {
				t.Errorf("%v", p)
			}
			row := w.Portal.Store.Read().ApiKey.GetX(w.System(), portaltest.String(p, "apiKey", "id"))
			if *row.SecretHash != ent.Hash(secret) || strings.Contains(fmt.Sprint(row), secret) {
				t.Errorf("%v", row)
			}
			if m := w.Message(a.Email); !strings.Contains(m.Body, "An API key was just created") || strings.Contains(m.Body, secret) {
				t.Errorf("%+v", m)
			}
			key := portaltest.Keyed(a.AccountID, secret)
			key.PersonID = row.ID
			k := shown(w, a, key)
			if fmt.Sprint(portaltest.At(k, "networks")) != "[192.0.2.0/24 10.0.0.0/8 2001:db8::5/128]" || fmt.Sprint(portaltest.At(k, "permissions")) != "[ACCOUNT_READ ORDER_READ]" ||
				portaltest.String(k, "status") != "ACTIVE" || portaltest.String(k, "owner", "id") != employeeID(w, a) || portaltest.At(k, "applications") != nil ||
				portaltest.String(k, "name") != "Billing sync" || portaltest.At(k, "lastUsedAt") != nil ||
				portaltest.String(k, "expiresAt") != w.Wall.Now().Add(365*24*time.Hour).Format(time.RFC3339) {
				t.Errorf("%v", k)
			}
			wants(t, "with the key", reads(w, key, a.AccountID), "done")
		})
		t.Run("1.4: not under an idempotency key, which would keep the secret", func(t *testing.T) {
			keyed := strings.Replace(create, "createApiKey(input: $i)", `createApiKey(input: $i) @idempotent(key: "k")`, 1)
			wants(t, "created", outcome(t, w.Send(a, keyed, in("accountId", a.AccountID, "name", "x", "permissions", []string{"ACCOUNT_READ"}))), "IDEMPOTENCY_NOT_SUPPORTED")
		})
	})
}

func TestBoundsOfAKey(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		t.Run("1.4: for at most 365 days", func(t *testing.T) {
			at := func(d time.Duration) map[string]any {
				return in("accountId", a.AccountID, "name", "Year", "permissions", []string{"ACCOUNT_READ"}, "expiresAt", w.Wall.Now().Add(d).Format(time.RFC3339Nano))
			}
			refused(t, w.Refused(a, create, at(365*24*time.Hour+time.Microsecond)), "INVALID_INPUT", "", "input.expiresAt")
			refused(t, w.Refused(a, create, at(0)), "INVALID_INPUT", "", "input.expiresAt")
			w.Done(a, create, at(365*24*time.Hour))
			w.Done(a, create, at(time.Microsecond))
		})
		t.Run("5.4: for at most 20 networks, each of which is one", func(t *testing.T) {
			networks := func(list ...string) map[string]any {
				return in("accountId", a.AccountID, "name", "Nets", "permissions", []string{"ACCOUNT_READ"}, "networks", list)
			}
			var many []string
			for i := range 21 {
				many = append(many, fmt.Sprintf("10.0.%d.0/24", i))
			}
			refused(t, w.Refused(a, create, networks(many...)), "INVALID_INPUT", "", "input.networks")
			w.Done(a, create, networks(many[:20]...))
			refused(t, w.Refused(a, create, in("accountId", a.AccountID, "name", "Nets", "permissions", []string{"ACCOUNT_READ"}, "networks", []string{})), "INVALID_INPUT", "", "input.networks")
			for _, bad := range []string{"", "example.com", "10.0.0.0/33", "fe80::1%eth0", "fe80::%eth0/64", "::ffff:0:0/95", "10.0.0.0/-1", "10.0.0.1:80"} {
				refused(t, w.Refused(a, create, networks("10.0.0.1", bad)), "INVALID_INPUT", "", "input.networks.1")
			}
		})
	})
}

func TestWhatAKeyMayHold(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		app := w.Application(a, "MAINLAND")
		t.Run("1.5: with no permission that no key may hold, and for applications of the account alone", func(t *testing.T) {
			for _, c := range []struct {
				permission, clause string
			}{{"EMPLOYEE_INVITE", "1.5"}, {"EMPLOYEE_UPDATE", "1.5"}, {"ROLE_MANAGE", "1.5"}, {"GROUP_MANAGE", "1.5"}, {"EMPLOYEE_OFFBOARD", "1.5"}, {"EMPLOYEE_SUSPEND", "1.5"},
				{"INVITATION_REVOKE", "1.5"}, {"API_KEY_CREATE", "1.4"}, {"API_KEY_REVOKE", "1.5"}, {"PAYER_DESIGNATE", "3.5"},
				{"TERMS_ACCEPT", "1.2"}, {"TERMS_DECLINE", "1.2"}, {"VERIFICATION_SUBMIT", "1.2"}} {
				refused(t, w.Refused(a, create, in("accountId", a.AccountID, "name", "x", "permissions", []string{"ACCOUNT_READ", c.permission})), "API_KEY_FORBIDDEN", c.clause, "input.permissions.1")
			}
			b := w.Verified("Bea")
			theirs := w.Application(b, "MAINLAND")
			refused(t, w.Refused(a, create, in("accountId", a.AccountID, "name", "x", "permissions", []string{"ORDER_PLACE"}, "applicationIds", []string{app, theirs})), "NOT_FOUND", "", "input.applicationIds.1")
			refused(t, w.Refused(a, create, in("accountId", b.AccountID, "name", "x", "permissions", []string{"ORDER_PLACE"})), "NOT_FOUND", "", "input.accountId")
			refused(t, w.Refused(a, create, in("accountId", a.AccountID, "name", "x", "permissions", []string{"BALANCE_READ"}, "applicationIds", []string{app})), "INVALID_INPUT", "", "input.permissions.0")
			refused(t, w.Refused(a, create, in("accountId", a.AccountID, "name", "x", "permissions", []string{"ORDER_PLACE"}, "applicationIds", []string{})), "INVALID_INPUT", "", "input.applicationIds")
			w.Done(a, create, in("accountId", a.AccountID, "name", "x", "permissions", []string{"ORDER_PLACE"}, "applicationIds", nil, "networks", nil))
			refused(t, w.Refused(a, create, in("accountId", a.AccountID, "name", "x", "permissions", []string{})), "INVALID_INPUT", "", "input.permissions")
			refused(t, w.Refused(a, create, in("accountId", a.AccountID, "name", "http://evil.example", "permissions", []string{"ORDER_PLACE"})), "NAME_LIKE_ADDRESS", "1.1", "input.name")
		})
		t.Run("1.5: with nothing that its creator doesn't hold in the key's scope", func(t *testing.T) {
			dev := w.Colleague(a.AccountID, "developer")
			r := w.Refused(dev, create, in("accountId", a.AccountID, "name", "x", "permissions", []string{"ORDER_READ", "ORDER_PLACE", "BALANCE_READ"}))
			refused(t, r, "API_KEY_EXCEEDS_OWNER", "1.5", "input.permissions")
			if !strings.Contains(r.Message, "ORDER_PLACE") || !strings.Contains(r.Message, "BALANCE_READ") || strings.Contains(r.Message, "ORDER_READ") {
				t.Error(r.Message)
			}
			w.APIKey(dev, nil, "ORDER_READ")
			finance := w.Colleague(a.AccountID, "finance")
			wants(t, "finance", outcome(t, w.Send(finance, create, in("accountId", a.AccountID, "name", "x", "permissions", []string{"ACCOUNT_READ"}))), "FORBIDDEN")
		})
		t.Run("1.4: with a fresh second factor, of who has one", func(t *testing.T) {
			dev := w.Colleague(a.AccountID, "developer")
			w.AddTotp(dev)
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				return tx.Session.Update().Where(session.PersonID(dev.PersonID)).SetSecondFactorAt(tx.Wall.Add(-15 * time.Minute)).Exec(tx)
			})
			if err != nil {
				t.Fatal(err)
			}
			refused(t, w.Refused(dev, create, in("accountId", a.AccountID, "name", "x", "permissions", []string{"ACCOUNT_READ"})), "STEP_UP_REQUIRED", "1.4", "")
		})
	})
}

func TestHowManyKeysThereAre(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		one := in("accountId", a.AccountID, "name", "One", "permissions", []string{"ACCOUNT_READ"})
		t.Run("5.4: an employee creates ten; one that was revoked or has expired makes room", func(t *testing.T) {
			var first *portaltest.Actor
			for i := range 10 {
				var fields map[string]any
				if i == 9 {
					fields = map[string]any{"expiresAt": w.Wall.Now().Add(time.Hour).Format(time.RFC3339)}
				}
				if k := w.APIKey(a, fields, "ACCOUNT_READ"); first == nil {
					first = k
				}
			}
			r := w.Refused(a, create, one)
			refused(t, r, "API_KEY_OWNER_LIMIT", "5.4", "")
			w.Done(a, revoke, in("apiKeyId", first.PersonID))
			w.Done(a, create, one)
			refused(t, w.Refused(a, create, one), "API_KEY_OWNER_LIMIT", "5.4", "")
			w.Wall.Advance(time.Hour)
			w.Done(a, create, one)
			refused(t, w.Refused(a, create, one), "API_KEY_OWNER_LIMIT", "5.4", "")
		})
		t.Run("5.4: an account has a hundred", func(t *testing.T) {
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				for i := 11; i <= 100; i++ {
					err := tx.ApiKey.Create().SetAccountID(a.AccountID).SetEmployeeID("empl_of_a_colleague").SetName("Key").SetPrefix("").SetPermissions("[]").
						SetCreatedAt(tx.Wall).SetExpiresAt(tx.Wall.Add(time.Hour)).SetAccountSlot(fmt.Sprintf("%s|%d", a.AccountID, i)).Exec(tx)
					if err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			dev := w.Colleague(a.AccountID, "developer")
			refused(t, w.Refused(dev, create, one), "API_KEY_ACCOUNT_LIMIT", "5.4", "")
			id := w.Portal.Store.Read().ApiKey.Query().Where(dbapikey.AccountSlot(a.AccountID + "|3")).OnlyX(w.System()).ID
			w.Done(a, revoke, in("apiKeyId", id))
			w.Done(dev, create, one)
			refused(t, w.Refused(dev, create, one), "API_KEY_ACCOUNT_LIMIT", "5.4", "")
		})
	})
}

func TestAKeyIsRotated(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		next := func(key *portaltest.Actor, pairs ...any) (*portaltest.Actor, map[string]any) {
			p := w.Done(a, rotate, in(append([]any{"apiKeyId", key.PersonID}, pairs...)...))
			n := portaltest.Keyed(a.AccountID, portaltest.String(p, "secret"))
			n.PersonID = key.PersonID
			return n, p
		}
		t.Run("1.4: two secrets at a time, the one before for 168 hours", func(t *testing.T) {
			w.VerifyEmail(a)
			first := w.APIKey(a, nil, "ACCOUNT_READ")
			second, p := next(first)
			until := w.Wall.Now().Add(168 * time.Hour)
			if portaltest.String(p, "previousUntil") != until.Format(time.RFC3339) || portaltest.String(shown(w, a, first), "previousUntil") != until.Format(time.RFC3339) {
				t.Errorf("%v", p)
			}
			if m := w.Message(a.Email); !strings.Contains(m.Body, "given another secret") {
				t.Errorf("%+v", m)
			}
			wants(t, "the first", reads(w, first, a.AccountID), "done")
			wants(t, "the second", reads(w, second, a.AccountID), "done")
			third, _ := next(first)
			wants(t, "the first, two rotations later", reads(w, first, a.AccountID), "UNAUTHENTICATED")
			wants(t, "the second, one rotation later", reads(w, second, a.AccountID), "done")
			w.Wall.Advance(168*time.Hour - time.Microsecond)
			wants(t, "the second, just before its end", reads(w, second, a.AccountID), "done")
			w.Wall.Advance(time.Microsecond)
			wants(t, "the second, at its end", reads(w, second, a.AccountID), "UNAUTHENTICATED")
			wants(t, "the third", reads(w, third, a.AccountID), "done")
			if k := shown(w, a, first); portaltest.At(k, "previousUntil") != nil {
				t.Errorf("%v", k)
			}
		})
		t.Run("1.4: the one before ends sooner, or at once, and never after the key", func(t *testing.T) {
			soon := w.Wall.Now().Add(time.Hour).Format(time.RFC3339)
			first := w.APIKey(a, map[string]any{"expiresAt": soon}, "ACCOUNT_READ")
			_, p := next(first)
			if portaltest.String(p, "previousUntil") != soon || portaltest.String(p, "apiKey", "expiresAt") != soon {
				t.Errorf("%v", p)
			}
			late := w.Wall.Now().Add(365 * 24 * time.Hour)
			refused(t, w.Refused(a, rotate, in("apiKeyId", first.PersonID, "expiresAt", late.Add(time.Microsecond).Format(time.RFC3339Nano))), "INVALID_INPUT", "", "input.expiresAt")
			refused(t, w.Refused(a, rotate, in("apiKeyId", first.PersonID, "previousUntil", w.Wall.Now().Add(168*time.Hour+time.Microsecond).Format(time.RFC3339Nano))), "INVALID_INPUT", "", "input.previousUntil")
			third, p := next(first, "previousUntil", w.Wall.Now().Format(time.RFC3339), "expiresAt", late.Format(time.RFC3339))
			if portaltest.At(p, "previousUntil") != nil || portaltest.String(p, "apiKey", "expiresAt") != late.Format(time.RFC3339) {
				t.Errorf("%v", p)
			}
			wants(t, "the first", reads(w, first, a.AccountID), "UNAUTHENTICATED")
			w.Wall.Advance(time.Hour)
			wants(t, "the third, after the first expiry", reads(w, third, a.AccountID), "done")
		})
	})
}

func TestWhoRotatesAKey(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		t.Run("1.4: by its owner alone, and not once it has ended", func(t *testing.T) {
			key := w.APIKey(a, nil, "ACCOUNT_READ")
			other := w.Colleague(a.AccountID, "administrator")
			refused(t, w.Refused(other, rotate, in("apiKeyId", key.PersonID)), "API_KEY_NOT_OWN", "1.4", "input.apiKeyId")
			b := w.Verified("Bea")
			refused(t, w.Refused(b, rotate, in("apiKeyId", key.PersonID)), "NOT_FOUND", "", "input.apiKeyId")
			refused(t, w.Refused(b, revoke, in("apiKeyId", key.PersonID)), "NOT_FOUND", "", "input.apiKeyId")
			w.Done(a, revoke, in("apiKeyId", key.PersonID))
			refused(t, w.Refused(a, rotate, in("apiKeyId", key.PersonID)), "API_KEY_ENDED", "1.4", "input.apiKeyId")
		})
	})
}

func TestAKeyEnds(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		t.Run("1.4: it expires", func(t *testing.T) {
			key := w.APIKey(a, map[string]any{"expiresAt": w.Wall.Now().Add(time.Hour).Format(time.RFC3339)}, "ACCOUNT_READ")
			w.Wall.Advance(time.Hour - time.Microsecond)
			wants(t, "just before", reads(w, key, a.AccountID), "done")
			w.Wall.Advance(time.Microsecond)
			wants(t, "at its end", reads(w, key, a.AccountID), "UNAUTHENTICATED")
			wants(t, "its status", portaltest.String(shown(w, a, key), "status"), "EXPIRED")
			refused(t, w.Refused(a, rotate, in("apiKeyId", key.PersonID)), "API_KEY_ENDED", "1.4", "input.apiKeyId")
			refused(t, w.Refused(a, revoke, in("apiKeyId", key.PersonID)), "API_KEY_ENDED", "1.4", "input.apiKeyId")
		})
		t.Run("1.4: it is revoked by its owner or who may suspend it, with both secrets, once", func(t *testing.T) {
			dev, other := w.Colleague(a.AccountID, "developer"), w.Colleague(a.AccountID, "developer")
			security := w.Colleague(a.AccountID, "security")
			for _, by := range []*portaltest.Actor{dev, security, a} {
				first := w.APIKey(dev, nil, "ACCOUNT_READ")
				p := w.Done(dev, rotate, in("apiKeyId", first.PersonID))
				second := portaltest.Keyed(a.AccountID, portaltest.String(p, "secret"))
				refused(t, w.Refused(other, revoke, in("apiKeyId", first.PersonID)), "API_KEY_NOT_OWN", "1.4", "input.apiKeyId")
				p = w.Done(by, revoke, in("apiKeyId", first.PersonID))
				wants(t, "its status", portaltest.String(p, "apiKey", "status"), "REVOKED")
				wants(t, "the first secret", reads(w, first, a.AccountID), "UNAUTHENTICATED")
				wants(t, "the second secret", reads(w, second, a.AccountID), "UNAUTHENTICATED")
				refused(t, w.Refused(by, revoke, in("apiKeyId", first.PersonID)), "API_KEY_ENDED", "1.4", "input.apiKeyId")
			}
		})
	})
}

func TestWhereAKeyWorks(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Ada")
		from := func(secret, address string) bool {
			p, err := identity.Authenticate(w.System(), w.Portal.Store, secret, address, "test", "")
			if err != nil {
				t.Fatal(err)
			}
			return p != nil
		}
		key := func(networks ...string) string {
			return w.Token(w.APIKey(a, map[string]any{"networks": networks}, "ACCOUNT_READ"))
		}
		v4, v6, free := key("203.0.113.0/25", "198.51.100.7"), key("2001:db8::/33"), w.Token(w.APIKey(a, nil, "ACCOUNT_READ"))
		for _, c := range []struct {
			name, secret, address string
			works                 bool
		}{
			{"the first of a network", v4, "203.0.113.0", true}, {"the last of it", v4, "203.0.113.127", true}, {"the next one", v4, "203.0.113.128", false},
			{"a single address", v4, "198.51.100.7", true}, {"its neighbour", v4, "198.51.100.8", false},
			{"IPv4 written as IPv6", v4, "::ffff:203.0.113.5", true}, {"another one written so", v4, "::ffff:203.0.113.200", false},
			{"IPv6", v6, "2001:db8:7fff::1", true}, {"beside it", v6, "2001:db8:8000::1", false}, {"with a zone", v6, "2001:db8::1%eth0", true},
			{"no IP address", v4, "@", false}, {"nothing", v6, "", false}, {"any", free, "192.0.2.200", true}, {"any, without an address", free, "@", true},
		} {
			t.Run("1.4: "+c.name, func(t *testing.T) {
				if got := from(c.secret, c.address); got != c.works {
					t.Errorf("%s: %v", c.address, got)
				}
			})
		}
		t.Run("1.4: whoever sends X-Forwarded-For comes from where it comes from", func(t *testing.T) {
			// The sender of the tests is 192.0.2.1, which is no trusted proxy.
			wants(t, "from elsewhere", reads(w, portaltest.Keyed(a.AccountID, v4), a.AccountID), "UNAUTHENTICATED")
			here := w.APIKey(a, map[string]any{"networks": []string{"192.0.2.0/24"}}, "ACCOUNT_READ")
			wants(t, "from here", reads(w, here, a.AccountID), "done")
		})
		t.Run("1.4: a mistyped or unknown secret is nobody's", func(t *testing.T) {
			unknown, _ := authz.NewAPIKey()
			last := v4[:len(v4)-1] + "x"
			for _, secret := range []string{unknown, last, v4 + "x", v4[:20], "ak_", "AK_" + v4[3:], v4[:10] + strings.ToUpper(v4[10:])} {
				if from(secret, "203.0.113.1") {
					t.Errorf("%q works", secret)
				}
			}
		})
	})
}
