package proof_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/auditevent"
	"portico/portaltest"
)

// unrecorded are columns of shown types that an event needn't list, and why.
var unrecorded = map[string]string{
	"Balance.*":                     "each change is a booking, with its entries",
	"UsagePeriod.*":                 "closed once, by a command whose event names it",
	"LedgerTransaction.*":           "only its chain is added later",
	"AuditEvent.*":                  "the audit itself",
	"SandboxMessage.*":              "the delivery of messages",
	"Message.*":                     "the delivery of messages",
	"Captcha.*":                     "a secret",
	"SignInChallenge.*":             "a secret",
	"PasskeyChallenge.*":            "a secret",
	"Grant.idle_since":              "since when a grant isn't used, for its review",
	"SecondFactor.last_used_at":     "when a factor was last used: the event of what used it says so",
	"Approval.outcome":              "written with the approved command, whose own event names the approval",
	"Approval.settled_at":           "the same",
	"*.version":                     "counts the changes",
	"Session.last_used_at":          "when a session was last used, not what was done in it",
	"Person.first_password_used_at": "kept for the program alone",
}

func isUnrecorded(typ, column string) bool {
	for _, key := range []string{typ + ".*", "*." + column, typ + "." + column} {
		if _, is := unrecorded[key]; is {
			return true
		}
	}
	return strings.HasSuffix(column, "_key") || strings.HasSuffix(column, "_index") || strings.HasSuffix(column, "_hash")
}

// byID returns the rows of a dump whose type the API shows, by id.
func (all rows) byID() map[string]map[string]string {
	found := map[string]map[string]string{}
	for _, list := range all {
		for _, r := range list {
			if typ := ent.TypeOf(r["id"]); typ != "" && published().Types[typ] != nil {
				found[r["id"]] = r
			}
		}
	}
	return found
}

// camel is the API's name of a column.
func camel(column string) string {
	words := strings.Split(strings.TrimSuffix(column, "_minor"), "_")
	for i := range words[1:] {
		words[i+1] = strings.ToUpper(words[i+1][:1]) + words[i+1][1:]
	}
	return strings.Join(words, "")
}

// 1.2: whatever an operation changes that somebody can see is in its event, before and after.
func TestClause1_2EveryChangedValueIsInTheAudit(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s, db := newStage(w), open(t, w)
		system := authz.With(t.Context(), authz.AsSystem("test"))
		done, compared := 0, 0
		for _, f := range fields(published().Mutation) {
			if f.Name == "acceptTerms" { // tried last, see operations
				continue
			}
			x := s.trial(t, f.Name, nil)
			args := x.args()
			before, events := dump(t, w, db).byID(), w.Portal.Store.Read().AuditEvent.Query().CountX(system)
			r := x.Send(x.by, x.doc, args)
			if !strings.HasPrefix(result(r), "done") {
				continue
			}
			done++
			after := dump(t, w, db).byID()
			listed := map[string]ent.Change{}
			all := w.Portal.Store.Read().AuditEvent.Query().AllX(system)
			if len(all) <= events {
				t.Errorf("%s: no event", f.Name)
			}
			for _, e := range all {
				if e.Changes == nil || e.Result != auditevent.ResultDONE {
					continue
				}
				var list []ent.Change
				if err := json.Unmarshal([]byte(*e.Changes), &list); err != nil {
					t.Fatal(err)
				}
				for _, c := range list {
					listed[e.Action+" "+c.ObjectID+" "+c.Field] = c
				}
			}
			x.done()
			for id, was := range before {
				typ, is := ent.TypeOf(id), after[id]
				for _, column := range columnNames(was, is) {
					if is != nil && was[column] == is[column] || is == nil && was[column] == "" || isUnrecorded(typ, column) || is == nil && column == "account_id" {
						continue
					}
					compared++
					key := f.Name + " " + id + " " + typ + "." + camel(column)
					if c, in := listed[key]; !in {
						t.Errorf("%s.%s of %s was %q, and is %q: it isn't in the event of %s", typ, column, id, was[column], is[column], f.Name)
					} else if (c.Before == nil) != (was[column] == "") && c.Before == nil || (c.After == nil) != (is[column] == "") && c.After == nil {
						t.Errorf("%s: before is %v and after %v, and the column was %q and is %q", key, c.Before, c.After, was[column], is[column])
					}
				}
			}
		}
		if done < 30 || compared < 30 {
			t.Errorf("only %d operations and %d values", done, compared)
		}
		t.Logf("%d operations, %d values", done, compared)
	})
}

func columnNames(rows ...map[string]string) (all []string) {
	for _, r := range rows {
		for c := range r {
			if c != "id" && !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	slices.Sort(all)
	return all
}
