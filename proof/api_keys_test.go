package proof_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/apikey"
	"portico/ent/db/employee"
	"portico/portaltest"
)

// apiKey creates a key of an actor on the account, or of the owner for an actor that
// doesn't work there, and returns its id.
func (x *side) apiKey(by *portaltest.Actor) string {
	x.T.Helper()
	var id string
	_, prefix := authz.NewAPIKey()
	x.write(func(tx *ent.Tx) error {
		owner := x.ownerID()
		if by != nil {
			ids, err := tx.Employee.Query().Where(employee.AccountID(x.account), employee.PersonID(by.PersonID), employee.StatusEQ(employee.StatusACTIVE)).IDs(tx)
			if err != nil {
				return err
			}
			if len(ids) > 0 {
				owner = ids[0]
			}
		}
		n := x.serial()
		row, err := tx.ApiKey.Create().SetAccountID(x.account).SetEmployeeID(owner).SetName(fmt.Sprint("Kept ", n)).SetPrefix(prefix).
			SetSecretHash(ent.Hash(fmt.Sprint(x.account, n))).SetPermissions(`["account:read"]`).SetCreatedAt(tx.Wall).SetExpiresAt(tx.Wall.Add(time.Hour)).Save(tx)
		if err == nil {
			id = row.ID
		}
		return err
	})
	return id
}

// unkeyed deletes the keys that operations made, so that no limit is reached.
func (x *side) unkeyed() {
	x.T.Helper()
	x.write(func(tx *ent.Tx) error {
		_, err := tx.ApiKey.Delete().Where(apikey.AccountID(x.account), apikey.NameHasPrefix("Made ")).Exec(tx)
		return err
	})
}

func init() {
	for name, o := range map[string]operation{
		"createApiKey": {args: func(_ *stage, x *side, _ *portaltest.Actor) map[string]any {
			x.unkeyed()
			return inputOf(input{"accountId": x.account, "name": fmt.Sprint("Made ", x.serial()), "permissions": []string{"ACCOUNT_READ"}})
		}},
		"rotateApiKey": {args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
			return inputOf(input{"apiKeyId": x.apiKey(by)})
		}},
		"revokeApiKey": {args: func(_ *stage, x *side, by *portaltest.Actor) map[string]any {
			return inputOf(input{"apiKeyId": x.apiKey(by)})
		}},
	} {
		operations[name] = o
	}
	wrongs = append(wrongs, apiKeyWrongs...)
}

var apiKeyWrongs = []wrong{
	{"key: no name", "createApiKey", "INVALID_INPUT", "", set("name", " "), nil},
	{"key: an address for a name", "createApiKey", "NAME_LIKE_ADDRESS", "1.1", set("name", "www.example.com"), nil},
	{"key: on a foreign account", "createApiKey", "NOT_FOUND", "", func(s *stage, in input) { in["accountId"] = s.b.account }, nil},
	{"key: without permissions", "createApiKey", "INVALID_INPUT", "", set("permissions", []string{}), nil},
	{"key: to invite", "createApiKey", "API_KEY_FORBIDDEN", "1.5", set("permissions", []string{"EMPLOYEE_INVITE"}), nil},
	{"key: to create keys", "createApiKey", "API_KEY_FORBIDDEN", "1.4", set("permissions", []string{"API_KEY_CREATE"}), nil},
	{"key: to accept terms", "createApiKey", "API_KEY_FORBIDDEN", "1.2", set("permissions", []string{"TERMS_ACCEPT"}), nil},
	{"key: as an operator", "createApiKey", "API_KEY_EXCEEDS_OWNER", "1.5", set("permissions", []string{"VERIFICATION_REVIEW"}), nil},
	{"key: to run services", "createApiKey", "API_KEY_EXCEEDS_OWNER", "1.5", set("permissions", []string{"SERVICE_RUN"}), nil},
	{"key: to transfer the account", "createApiKey", "API_KEY_EXCEEDS_OWNER", "1.5", set("permissions", []string{"ACCOUNT_TRANSFER"}), nil},
	{"key: for a foreign application", "createApiKey", "NOT_FOUND", "", func(s *stage, in input) { in["applicationIds"] = []string{s.b.application()} }, nil},
	{"key: for an application twice", "createApiKey", "INVALID_INPUT", "", func(s *stage, in input) {
		in["applicationIds"] = slices.Repeat([]string{s.a.application()}, 2)
	}, nil},
	{"key: balances of an application", "createApiKey", "INVALID_INPUT", "", func(s *stage, in input) {
		in["applicationIds"], in["permissions"] = []string{s.a.application()}, []string{"BALANCE_READ"}
	}, nil},
	{"key: no network", "createApiKey", "INVALID_INPUT", "", set("networks", []string{"example.com"}), nil},
	{"key: 21 networks", "createApiKey", "INVALID_INPUT", "", set("networks", slices.Repeat([]string{"10.0.0.1"}, 21)), nil},
	{"key: until yesterday", "createApiKey", "INVALID_INPUT", "", set("expiresAt", "2026-03-01T00:00:00Z"), nil},
	{"key: for two years", "createApiKey", "INVALID_INPUT", "", set("expiresAt", "2028-03-01T00:00:00Z"), nil},
	{"rotate: a foreign key", "rotateApiKey", "NOT_FOUND", "", func(s *stage, in input) { in["apiKeyId"] = s.b.apiKey(nil) }, nil},
	{"rotate: an unknown key", "rotateApiKey", "NOT_FOUND", "", func(_ *stage, in input) { in["apiKeyId"] = unknownID("apik") }, nil},
	{"rotate: an employee", "rotateApiKey", "NOT_FOUND", "", func(s *stage, in input) { in["apiKeyId"] = s.a.ownerID() }, nil},
	{"rotate: a colleague's key", "rotateApiKey", "API_KEY_NOT_OWN", "1.4", func(s *stage, in input) { in["apiKeyId"] = s.a.apiKey(s.a.employ("developer")) }, nil},
	{"rotate: the secret before for ten days", "rotateApiKey", "INVALID_INPUT", "", set("previousUntil", "2026-03-12T02:00:00Z"), nil},
	{"rotate: for two years", "rotateApiKey", "INVALID_INPUT", "", set("expiresAt", "2028-03-01T00:00:00Z"), nil},
	{"revoke: a foreign key", "revokeApiKey", "NOT_FOUND", "", func(s *stage, in input) { in["apiKeyId"] = s.b.apiKey(nil) }, nil},
	{"revoke: an unknown key", "revokeApiKey", "NOT_FOUND", "", func(_ *stage, in input) { in["apiKeyId"] = unknownID("apik") }, nil},
	{"revoke: one that has ended", "revokeApiKey", "API_KEY_ENDED", "1.4", func(s *stage, in input) {
		id := s.a.apiKey(nil)
		s.a.write(func(tx *ent.Tx) error { return tx.ApiKey.UpdateOneID(id).SetRevokedAt(tx.Wall).Exec(tx) })
		in["apiKeyId"] = id
	}, nil},
}

// TestAKeyOverTheSchema sends every operation with a key of an owner that holds all that
// a key can hold: it does what its permissions say on its own account, nothing on another
// one, and nothing that is for a person.
func TestAKeyOverTheSchema(t *testing.T) {
	t.Parallel()
	s := newStage(portaltest.New(t, "sqlite"))
	var all []string
	for _, p := range authz.Law().OfKeys().List() {
		all = append(all, p.Enum())
	}
	key := s.APIKey(s.a.owner, nil, all...)
	send := func(name string, x *side) string {
		o := operations[name]
		args := o.args(s, x, s.a.owner)
		got := result(s.Send(key, document(name, args, shape{first: 2, depth: 2}), args))
		if strings.HasPrefix(got, "done") && o.done != nil {
			o.done(x, s.a.owner)
		}
		return got
	}
	public, tried := 0, 0
	for _, name := range ordered() {
		f := fieldOf(name)
		p, asks := guarding(name)
		switch {
		case f.Directives.ForName("public") != nil, operations[name].args == nil:
			public++
			continue
		case !asks: // @self
			t.Run("1.4: "+name+" is for a person", func(t *testing.T) {
				if got := send(name, s.a); !strings.HasPrefix(got, "API_KEY_FORBIDDEN") {
					t.Error(got)
				}
			})
			continue
		}
		tried++
		holds := authz.Law().OfKeys().Has(p)
		t.Run(fmt.Sprintf("1.5: %s with a key: %v", name, holds), func(t *testing.T) {
			own := send(name, s.a)
			forbidden := strings.HasPrefix(own, "FORBIDDEN") || strings.HasPrefix(own, "API_KEY_FORBIDDEN")
			if person := name == "markNoticesRead" || name == "exportAudit"; forbidden == holds && !person || person && !forbidden {
				t.Errorf("on its own account: %s", own)
			}
			if operations[name].everyones {
				return
			}
			if foreign := send(name, s.b); strings.HasPrefix(foreign, "done") {
				t.Errorf("on another account: %s", foreign)
			}
		})
	}
	if tried < 40 || public < 10 {
		t.Errorf("%d tried, %d public", tried, public)
	}
}
