package personal_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db/employee"
	"portico/ent/db/person"
	"portico/portaltest"
)

const (
	exportMyData = `mutation($i: ExportMyDataInput!) { exportMyData(input: $i) { export { id status requestedAt expiresAt downloadUrl } userErrors { code message field clause remedy { operation } } } }`
	exportNode   = `query($id: ID!) { node(id: $id) { ... on PersonalExport { status downloadUrl } } }`
)

func in(values map[string]any) map[string]any { return map[string]any{"i": values} }

func withPassword() map[string]any { return in(map[string]any{"currentPassword": portaltest.Password}) }

func download(w *portaltest.World, link string) *httptest.ResponseRecorder {
	w.T.Helper()
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, strings.TrimPrefix(link, "http://portico.test"), http.NoBody))
	return rec
}

type line struct {
	Record   string
	PersonID string
	Records  int
	Complete bool
	Values   map[string]any
}

// file creates an export and returns its lines.
func file(w *portaltest.World, by *portaltest.Actor) (lines []line, text string) {
	w.T.Helper()
	rec := download(w, portaltest.String(w.Done(by, exportMyData, withPassword()), "export", "downloadUrl"))
	if rec.Code != http.StatusOK {
		w.T.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	for s := bufio.NewScanner(bytes.NewReader(rec.Body.Bytes())); s.Scan(); {
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			w.T.Fatalf("%v: %s", err, s.Bytes())
		}
		lines = append(lines, l)
	}
	return lines, rec.Body.String()
}

func TestAPersonGetsAllThatIsHeldOnIt(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		owner, other := w.Verified("Ada"), w.Verified("Bea")
		helper := w.Colleague(owner.AccountID, "finance")
		w.VerifyEmail(owner)
		lines, text := file(w, owner)
		found := map[string]int{}
		for _, l := range lines {
			found[l.Record]++
		}
		for _, want := range []string{"header", "Person", "Employee", "Grant", "Acceptance", "Session", "EmailLink", "Message", "AuditEvent", "PersonalExport", "end"} {
			if found[want] == 0 {
				t.Errorf("6.3: no %s in the file", want)
			}
		}
		first, last := lines[0], lines[len(lines)-1]
		if first.Record != "header" || first.PersonID != owner.PersonID || last.Record != "end" || !last.Complete || last.Records != len(lines)-2 {
			t.Errorf("6.3: from %+v to %+v in %d lines", first, last, len(lines))
		}
		for _, own := range []string{owner.Phone, owner.Email, `"name":"Ada"`} {
			if !strings.Contains(text, own) {
				t.Errorf("6.3: %s isn't in the file", own)
			}
		}
		for _, foreign := range []string{other.PersonID, other.Phone, other.AccountID, helper.PersonID, helper.Phone, "argon2", "Hash", "Index"} {
			if strings.Contains(text, foreign) {
				t.Errorf("6.3: %s is in the file", foreign)
			}
		}
		t.Run("6.3: who has left an account still gets what is held on it there", func(t *testing.T) {
			w.Done(owner, `mutation($i: OffboardEmployeeInput!) { offboardEmployee(input: $i) { employee { id } userErrors { code } } }`,
				in(map[string]any{"employeeId": w.Portal.Store.Read().Employee.Query().Where(employee.PersonID(helper.PersonID)).OnlyIDX(w.System())}))
			w.Begin(helper)
			lines, _ := file(w, helper)
			if !slices.ContainsFunc(lines, func(l line) bool { return l.Record == "Employee" && l.Values["accountId"] == owner.AccountID }) {
				t.Error("the employment isn't in the file")
			}
		})
	})
}

func TestWhoAsksForItsDataProvesItself(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		owner := w.Verified("Ada")
		if r := w.Refused(owner, exportMyData, in(map[string]any{})); r.Code != "CURRENT_PASSWORD_WRONG" {
			t.Errorf("1.4: without a password: %+v", r)
		}
		if r := w.Refused(owner, exportMyData, in(map[string]any{"currentPassword": "wrong"})); r.Code != "CURRENT_PASSWORD_WRONG" || r.Field[1] != "currentPassword" {
			t.Errorf("1.4: with a wrong password: %+v", r)
		}
		w.AddTotp(owner)
		w.Done(owner, exportMyData, in(map[string]any{}))
		w.Wall.Advance(15*time.Minute + time.Microsecond)
		w.Begin(owner)
		if r := w.Refused(owner, exportMyData, withPassword()); r.Code != "STEP_UP_REQUIRED" {
			t.Errorf("1.4: after 15 minutes: %+v", r)
		}
		if r := w.Send(w.DataPlane(), exportMyData, in(map[string]any{})); len(r.Errors) == 0 && portaltest.String(r.Data, "exportMyData", "userErrors", 0, "code") != "ONLY_SELF" {
			t.Errorf("6.3: a program: %s", r.Raw)
		}
	})
}

func TestAnExportOfMyDataIsMineAndEnds(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		owner, other, operator := w.Verified("Ada"), w.Verified("Bea"), w.Operator("support", "compliance")
		asked := w.Wall.Now()
		x := w.Done(owner, exportMyData, withPassword())
		id, link := portaltest.String(x, "export", "id"), portaltest.String(x, "export", "downloadUrl")
		for _, who := range []*portaltest.Actor{other, operator} {
			if n := portaltest.At(w.Must(who, exportNode, map[string]any{"id": id}), "node"); n != nil {
				t.Errorf("6.3: %s sees %v", who.Name, n)
			}
		}
		if s := portaltest.String(w.Must(owner, exportNode, map[string]any{"id": id}), "node", "status"); s != "READY" {
			t.Errorf("6.3: %s", s)
		}
		for what, l := range map[string]string{"changed": link[:len(link)-1] + "x", "of another": strings.Replace(link, id, "pxpt_none", 1)} {
			if rec := download(w, l); rec.Code != http.StatusNotFound {
				t.Errorf("6.3: a link that was %s: %d", what, rec.Code)
			}
		}
		w.Wall.Set(asked.Add(10*time.Minute - time.Second))
		if rec := download(w, link); rec.Code != http.StatusOK {
			t.Errorf("6.3: in the link's last second: %d", rec.Code)
		}
		w.Wall.Set(asked.Add(10 * time.Minute))
		if rec := download(w, link); rec.Code != http.StatusGone {
			t.Errorf("6.3: after ten minutes: %d", rec.Code)
		}
		w.Wall.Set(asked.Add(24*time.Hour - time.Microsecond))
		late := portaltest.String(w.Must(owner, exportNode, map[string]any{"id": id}), "node", "downloadUrl")
		if rec := download(w, late); rec.Code != http.StatusOK {
			t.Errorf("6.3: in the export's last instant: %d", rec.Code)
		}
		w.Wall.Set(asked.Add(24 * time.Hour))
		n := portaltest.At(w.Must(owner, exportNode, map[string]any{"id": id}), "node")
		if portaltest.String(n, "status") != "EXPIRED" || portaltest.At(n, "downloadUrl") != nil || download(w, late).Code != http.StatusGone {
			t.Errorf("6.3: after 24 hours: %v", n)
		}
		if again := w.Done(owner, exportMyData, withPassword()); portaltest.String(again, "export", "id") != id || portaltest.String(again, "export", "status") != "READY" {
			t.Errorf("6.3: asked again: %v", again)
		}
	})
}

func TestAPersonHasOneExport(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		owner := w.Verified("Ada")
		w.AddTotp(owner)
		var ids sync.Map
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				ids.Store(portaltest.String(w.Done(owner, exportMyData, in(map[string]any{})), "export", "id"), true)
			})
		}
		group.Wait()
		n := 0
		ids.Range(func(any, any) bool { n++; return true })
		var rows int
		if err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) (err error) { rows, err = tx.PersonalExport.Query().Count(tx); return err }); err != nil {
			t.Fatal(err)
		}
		if n != 1 || rows != 1 {
			t.Errorf("6.3: %d ids, %d rows", n, rows)
		}
	})
}

func TestAnExportHoldsNothingOfWhoseAddressItClaims(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		victim := w.Owner("Ada")
		w.VerifyEmail(victim)
		w.APIKey(victim, nil, "ACCOUNT_READ") // of which it is told by e-mail
		thief := w.Person("Eve", func(tx *ent.Tx, personID string) error {
			p, err := tx.Person.Query().Where(person.ID(victim.PersonID)).Only(tx)
			if err != nil {
				return err
			}
			return tx.Person.Update().Where(person.ID(personID)).SetEmail(p.Email).SetEmailIndex(p.EmailIndex).Exec(tx)
		})
		messages := func(by *portaltest.Actor) (to map[any]int) {
			to = map[any]int{}
			lines, _ := file(w, by)
			for _, l := range lines {
				if l.Record == "Message" {
					to[l.Values["recipient"]]++
				}
			}
			return to
		}
		tagged := strings.Replace(victim.Email, "@", "+work@", 1) // another mailbox in some systems, counted as the same one
		other := w.Verified("Bea")
		w.Done(other, `mutation($i: InviteEmployeeInput!) { inviteEmployee(input: $i) { userErrors { code } } }`,
			in(map[string]any{"accountId": other.AccountID, "address": tagged, "roleIds": []string{"role_developer"}}))
		if to := messages(victim); to[tagged] != 0 {
			t.Errorf("1.1: the holder of one address learns what is sent to another: %v", to)
		}
		if to := messages(victim); to[victim.Email] != 2 {
			t.Errorf("6.3: the holder of the address has %v", to)
		}
		if to := messages(thief); to[victim.Email] != 0 {
			t.Errorf("1.1: who claims an address and hasn't verified it learns what is sent there: %v", to)
		}
	})
}
