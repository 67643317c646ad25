package audit_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/portal/access/audit"
	"portico/portal/kernel/export"
	"portico/portaltest"
)

const (
	exportAudit = `mutation($i: ExportAuditInput!) { exportAudit(input: $i) { export { id kind format status createdAt expiresAt downloadUrl } userErrors { code clause field } } }`
	exportNode  = `query($id: ID!) { node(id: $id) { ... on Export { status downloadUrl } } }`
)

func exportOf(accountID, format string, filter map[string]any) map[string]any {
	in := map[string]any{"accountId": accountID, "format": format}
	if filter != nil {
		in["filter"] = filter
	}
	return map[string]any{"i": in}
}

// download requests a link as a browser does.
func download(w *portaltest.World, link string) *httptest.ResponseRecorder {
	w.T.Helper()
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, strings.TrimPrefix(link, "http://portico.test"), http.NoBody))
	return rec
}

// exported creates an export and returns its file.
func exported(w *portaltest.World, by *portaltest.Actor, accountID, format string, filter map[string]any) []byte {
	w.T.Helper()
	rec := download(w, portaltest.String(w.Done(by, exportAudit, exportOf(accountID, format, filter)), "export", "downloadUrl"))
	if rec.Code != http.StatusOK {
		w.T.Fatalf("%d: %s", rec.Code, rec.Body)
	}
	return rec.Body.Bytes()
}

// history gives an account some hours of events, and seals them.
func history(t *testing.T, w *portaltest.World, accountID string) time.Time {
	t.Helper()
	start := w.Portal.Store.Now().Truncate(time.Hour).Add(time.Hour)
	for hour := range 3 {
		for minute := range 3 {
			event(t, w, accountID, start.Add(time.Duration(hour)*time.Hour+time.Duration(minute)*time.Minute), "")
		}
	}
	w.AdvanceTo(start.Add(5 * time.Hour))
	seal(t, w, start.Add(4*time.Hour))
	return start
}

func TestClause1_2TheAuditIsExportedAsCSV(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Acme"), w.Owner("Other")
		w.Application(b, "MAINLAND")
		w.Refused(a, `mutation($i: CreateApplicationInput!) { createApplication(input: $i) { userErrors { code clause field } } }`,
			map[string]any{"i": map[string]any{"accountId": a.AccountID, "name": "", "kind": "SOCIAL", "region": "MAINLAND"}})
		text, found := strings.CutPrefix(string(exported(w, a, a.AccountID, "CSV", nil)), "\uFEFF")
		if !found {
			t.Error("it has no byte order mark")
		}
		rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		listed := events(w, a, a.AccountID, nil)
		slices.Reverse(listed)
		if len(rows)-1 != len(listed) || len(listed) < 4 {
			t.Fatalf("%d rows, %d events", len(rows)-1, len(listed))
		}
		column := func(row []string, name string) string { return row[slices.Index(rows[0], name)] }
		for i, row := range rows[1:] {
			n := listed[i]
			for _, c := range []struct{ column, value string }{{"id", portaltest.String(n, "id")}, {"action", portaltest.String(n, "action")},
				{"result", portaltest.String(n, "result")}, {"actingAs", portaltest.String(n, "actingAs")}} {
				if column(row, c.column) != c.value {
					t.Errorf("%s is %s, not %s", c.column, column(row, c.column), c.value)
				}
			}
			if portaltest.At(n, "actor") == nil != (column(row, "actorId") == "") || portaltest.At(n, "ipAddress") == nil != (column(row, "ipAddress") == "") {
				t.Errorf("6.2: it shows more or less than the list: %v, %v", row, n)
			}
		}
		t.Run("1.2: a filter narrows it", func(t *testing.T) {
			only := string(exported(w, a, a.AccountID, "CSV", map[string]any{"result": "REFUSED"}))
			if lines := strings.Count(only, "\r\n"); lines != 2 || !strings.Contains(only, "createApplication") {
				t.Errorf("%s", only)
			}
		})
	})
}

func TestClause1_2AnExportIsChecked(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		start := history(t, w, a.AccountID)
		w.Application(a, "MAINLAND") // isn't sealed yet
		whole := exported(w, a, a.AccountID, "JSON_LINES", nil)
		part := exported(w, a, a.AccountID, "JSON_LINES", map[string]any{"from": start.Add(70 * time.Minute).Format(time.RFC3339), "to": start.Add(100 * time.Minute).Format(time.RFC3339)})
		digest := portaltest.String(w.Must(a, seals, map[string]any{"id": a.AccountID}), "account", "auditSeals", "nodes", 0, "digest")
		for name, file := range map[string][]byte{"all": whole, "an hour of it": part} {
			found, err := audit.VerifyExport(bytes.NewReader(file))
			if err != nil || len(found) != 0 {
				t.Errorf("%s: %v, %v", name, found, err)
			}
		}
		if n := strings.Count(string(part), `"record":"event"`); n != 3 || strings.Count(string(part), `"record":"seal"`) != 1 {
			t.Errorf("the hour has %d events:\n%s", n, part)
		}
		if found, err := audit.VerifyExport(bytes.NewReader(whole), digest); err != nil || len(found) != 0 {
			t.Errorf("%v, %v", found, err)
		}
		t.Run("a history that was written and sealed anew doesn't lead to the digest that was kept", func(t *testing.T) {
			if found, err := audit.VerifyExport(bytes.NewReader(part), digest); err != nil || len(found) != 1 || found[0].Finding != audit.Changed {
				t.Errorf("%v, %v", found, err)
			}
		})
	})
}

func TestClause1_2AChangedExportIsFound(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		history(t, w, a.AccountID)
		whole := exported(w, a, a.AccountID, "JSON_LINES", nil)
		lines := strings.SplitAfter(strings.TrimSuffix(string(whole), "\n"), "\n")
		at := func(word string) int {
			return slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, word) })
		}
		sealed := at(`"action":"tested"`)
		for _, c := range []struct {
			name, finding string
			change        func(l []string) []string
		}{
			{"an event's action", audit.Changed, func(l []string) []string { l[sealed] = strings.Replace(l[sealed], "tested", "tasted", 1); return l }},
			{"who acted", audit.Changed, func(l []string) []string {
				l[sealed] = strings.Replace(l[sealed], `"actorId":"test"`, `"actorId":"rest"`, 1)
				return l
			}},
			{"an event removed", audit.Removed, func(l []string) []string { return slices.Delete(l, sealed, sealed+1) }},
			{"two events exchanged their places", audit.Changed, func(l []string) []string {
				l[sealed] = exchanged(t, l[sealed], 1)
				l[sealed+1] = exchanged(t, l[sealed+1], -1)
				return l
			}},
			{"an event put in", audit.Inserted, func(l []string) []string { return slices.Insert(l, sealed, unsealed(t, l[sealed])) }},
			{"a seal removed", audit.Removed, func(l []string) []string { i := at(`"record":"seal"`); return slices.Delete(l, i+1, i+2) }},
			{"a seal's number of events", audit.Changed, func(l []string) []string {
				i := at(`"record":"seal"`) + 1
				l[i] = strings.Replace(l[i], `"sealedAt":"2`, `"sealedAt":"3`, 1)
				return l
			}},
			{"the last line gone", audit.Removed, func(l []string) []string { return l[:len(l)-1] }},
		} {
			found, err := audit.VerifyExport(strings.NewReader(strings.Join(c.change(slices.Clone(lines)), "")))
			if err != nil || !slices.ContainsFunc(found, func(f audit.Finding) bool { return f.Finding == c.finding }) {
				t.Errorf("%s: %v, %v", c.name, found, err)
			}
		}
	})
}

func TestFilesThatAreNoExportsAreRefused(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		whole := exported(w, a, a.AccountID, "JSON_LINES", nil)
		first, _, _ := strings.Cut(string(whole), "\n")
		for name, c := range map[string]struct {
			file string
			err  error
		}{
			"nothing":       {"", audit.ErrNotAnExport},
			"a CSV file":    {string(exported(w, a, a.AccountID, "CSV", nil)), audit.ErrNotAnExport},
			"another JSON":  {`{"record":"order"}`, audit.ErrNotAnExport},
			"another form":  {strings.Replace(string(whole), "export.1", "export.9", 1), audit.ErrNotAnExport},
			"what is no JS": {first + "\n{", audit.ErrNotAnExport},
			"a selection":   {string(exported(w, a, a.AccountID, "JSON_LINES", map[string]any{"action": "register"})), audit.ErrFiltered},
		} {
			if _, err := audit.VerifyExport(strings.NewReader(c.file)); !errors.Is(err, c.err) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// exchanged moves an event in a line by places of the chain.
func exchanged(t *testing.T, line string, by float64) string {
	return altered(t, line, func(e map[string]any) {
		place := e["chain"].(map[string]any)
		place["position"] = place["position"].(float64) + by
	})
}

// unsealed is another event of the time of the one in a line.
func unsealed(t *testing.T, line string) string {
	return altered(t, line, func(e map[string]any) { delete(e, "chain"); e["id"] = ent.NewID("audt") })
}

func altered(t *testing.T, line string, change func(map[string]any)) string {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Fatal(err)
	}
	change(e)
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b) + "\n"
}

func TestWhoDownloadsAnExport(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, auditor, developer := w.Verified("Acme"), w.Verified("Other"), w.Person("Aude"), w.Person("Dev")
		hire(w, a.AccountID, auditor, "auditor")
		hire(w, a.AccountID, developer, "developer")
		made := w.Done(auditor, exportAudit, exportOf(a.AccountID, "CSV", nil))
		id := portaltest.String(made, "export", "id")
		t.Run("1.2: without AUDIT_READ, or from another account, none is made or seen", func(t *testing.T) {
			if r := w.Send(developer, exportAudit, exportOf(a.AccountID, "CSV", nil)); len(r.Errors) != 1 || r.Errors[0].Code() != "FORBIDDEN" {
				t.Errorf("%s", r.Raw)
			}
			if r := w.Refused(b, exportAudit, exportOf(a.AccountID, "CSV", nil)); r.Code != "NOT_FOUND" {
				t.Errorf("%v", r)
			}
			for _, x := range []*portaltest.Actor{a, b, developer, w.Operator("compliance")} {
				if d := w.Must(x, exportNode, map[string]any{"id": id}); d["node"] != nil {
					t.Errorf("%s: %v", x.Name, d)
				}
			}
		})
		t.Run("5.2: the name says what it is, and it is an attachment", func(t *testing.T) {
			rec := download(w, portaltest.String(made, "export", "downloadUrl"))
			if rec.Code != http.StatusOK || !strings.HasPrefix(rec.Header().Get("Content-Disposition"), `attachment; filename=audit-`) ||
				rec.Header().Get("Content-Type") != "text/csv; charset=utf-8" {
				t.Errorf("%d %v", rec.Code, rec.Header())
			}
		})
		t.Run("it can be downloaded for 24 hours, by new links", func(t *testing.T) {
			expires, _ := time.Parse(time.RFC3339Nano, portaltest.String(made, "export", "expiresAt"))
			w.Wall.Set(expires.Add(-time.Microsecond))
			link := portaltest.String(w.Must(auditor, exportNode, map[string]any{"id": id}), "node", "downloadUrl")
			if rec := download(w, link); rec.Code != http.StatusOK {
				t.Errorf("%d", rec.Code)
			}
			w.Wall.Set(expires)
			if rec := download(w, link); rec.Code != http.StatusGone {
				t.Errorf("%d", rec.Code)
			}
			if d := w.Must(auditor, exportNode, map[string]any{"id": id}); portaltest.String(d, "node", "status") != "EXPIRED" || portaltest.At(d, "node", "downloadUrl") != nil {
				t.Errorf("%v", d)
			}
		})
	})
}

func TestWhatEndsAnExport(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, auditor := w.Verified("Acme"), w.Person("Aude")
		hire(w, a.AccountID, auditor, "auditor")
		t.Run("1.5: who lost the permission downloads nothing", func(t *testing.T) {
			link := portaltest.String(w.Done(auditor, exportAudit, exportOf(a.AccountID, "CSV", nil)), "export", "downloadUrl")
			err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
				_, err := tx.Grant.Delete().Exec(tx)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if rec := download(w, link); rec.Code != http.StatusNotFound {
				t.Errorf("%d", rec.Code)
			}
		})
		t.Run("6.2: an operator's download is an access that the customer sees", func(t *testing.T) {
			b := w.Verified("Seen")
			exported(w, w.Operator("compliance"), b.AccountID, "CSV", nil)
			d := w.Must(b, `query($id: ID!) { account(id: $id) { accesses(first: 10) { totalCount } } }`, map[string]any{"id": b.AccountID})
			if n, _ := portaltest.At(d, "account", "accesses", "totalCount").(float64); n < 1 {
				t.Errorf("%v", d)
			}
		})
	})
}

func TestLimitsOfExports(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		t.Run("5.4: a person has 20 exports that haven't expired, in a race too, and no 21st", func(t *testing.T) {
			for range export.MostAtOnce - 2 {
				w.Done(a, exportAudit, exportOf(a.AccountID, "CSV", nil))
			}
			var wait sync.WaitGroup
			var mu sync.Mutex
			outcomes := map[string]int{}
			for range 6 {
				wait.Go(func() {
					r := w.Send(a, exportAudit, exportOf(a.AccountID, "CSV", nil))
					mu.Lock()
					defer mu.Unlock()
					outcomes[fmt.Sprint(portaltest.At(r.Data, "exportAudit", "userErrors"))]++
				})
			}
			wait.Wait()
			if len(outcomes) != 2 || outcomes["[]"] != 2 {
				t.Errorf("%v", outcomes)
			}
			if r := w.Refused(a, exportAudit, exportOf(a.AccountID, "CSV", nil)); r.Code != "EXPORT_LIMIT" || r.Clause != "5.4" {
				t.Errorf("%v", r)
			}
			w.Wall.Advance(export.Life)
			w.Done(a, exportAudit, exportOf(a.AccountID, "CSV", nil))
		})
	})
}

func TestHowMuchIsExported(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a := w.Verified("Acme")
		t.Run("5.4: 50,000 events are exported, and not one more", func(t *testing.T) {
			start := w.Portal.Store.Now().Add(-time.Hour)
			filter := map[string]any{"action": "counted"}
			insert := func(n int) {
				err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
					rows := make([]*db.AuditEvent, n)
					for i := range rows {
						rows[i] = &db.AuditEvent{AccountID: a.AccountID, At: start, ActorKind: auditevent.ActorKindSYSTEM, ActorID: "test", Action: "counted",
							Result: auditevent.ResultDONE, IPAddress: "-", Details: "{}", Count: 1}
					}
					for some := range slices.Chunk(rows, 500) {
						if err := ent.Insert(tx, some...); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			for range 10 {
				insert(export.MostRecords / 10)
			}
			file := exported(w, a, a.AccountID, "CSV", filter)
			if n := bytes.Count(file, []byte("\r\n")); n != export.MostRecords+1 {
				t.Errorf("%d lines", n)
			}
			insert(1)
			if r := w.Refused(a, exportAudit, exportOf(a.AccountID, "CSV", filter)); r.Code != "EXPORT_TOO_LARGE" || r.Clause != "5.4" {
				t.Errorf("%v", r)
			}
		})
		t.Run("a filter that can't match is refused", func(t *testing.T) {
			for field, filter := range map[string]map[string]any{
				"input.filter.action": {"action": strings.Repeat("a", 191)},
				"input.filter.to":     {"from": "2026-01-02T00:00:00Z", "to": "2026-01-02T00:00:00Z"},
			} {
				r := w.Refused(a, exportAudit, exportOf(a.AccountID, "CSV", filter))
				if r.Code != "INVALID_INPUT" || strings.Join(r.Field, ".") != field {
					t.Errorf("%s: %v", field, r)
				}
			}
			w.Done(a, exportAudit, exportOf(a.AccountID, "CSV", map[string]any{"action": strings.Repeat("a", 190)}))
		})
	})
}
