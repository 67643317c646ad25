package audit

import (
	"context"
	"encoding/json"
	"time"
	"unicode/utf8"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/apikey"
	"portico/ent/db/auditevent"
	"portico/ent/db/auditlink"
	"portico/ent/db/auditseal"
	"portico/ent/db/employee"
	dbexport "portico/ent/db/export"
	"portico/ent/db/person"
	"portico/ent/db/predicate"
	"portico/portal/kernel/command"
	"portico/portal/kernel/export"
	"portico/text"
)

const (
	// exportPage is how many events one statement of an export reads.
	exportPage = 1000
	// longestValue is the length of the longest value that a filter can match, in characters.
	longestValue = 190
)

func init() {
	export.Register(export.Source{
		Kind: dbexport.KindAUDIT, Permission: authz.AuditRead, Name: "audit",
		Columns: []string{"id", "at", "actorKind", "actorId", "actorName", "actingAs", "action", "objectId", "result", "code", "clause", "ipAddress", "count", "details", "changes"},
		Write: func(ctx context.Context, s *ent.Store, e *db.Export, to *export.Writer) error {
			x, err := newExporter(ctx, s, e, to)
			if err != nil {
				return err
			}
			return x.write(ctx)
		},
	})
}

// ExportAudit creates an export of an account's audit events that match a filter, up to
// now (1.2). For persons with audit:read. Refusals: EXPORT_TOO_LARGE for more than
// 50,000 events, EXPORT_LIMIT, INVALID_INPUT.
func ExportAudit(ctx context.Context, s *ent.Store, in ExportAuditInput) (*ExportAuditPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "exportAudit", Permission: authz.AuditRead, Object: in.AccountID, Field: "accountId", Input: in},
		func(tx *command.Tx) (*ExportAuditPayload, error) {
			var f Filter
			if in.Filter != nil {
				f = *in.Filter
			}
			if err := f.check(); err != nil {
				return nil, err
			}
			sel := &selection{account: in.AccountID, filter: f, until: tx.Now, complete: in.Format == dbexport.FormatJSON_LINES && f.complete(tx, in.AccountID, tx.Now)}
			more, err := tx.AuditEvent.Query().Where(sel.where(tx)...).Offset(export.MostRecords).Exist(tx)
			if err != nil {
				return nil, err
			}
			if more {
				return nil, export.ExportTooLarge.With("most", export.MostRecords)
			}
			row, err := export.Create(tx, dbexport.KindAUDIT, in.AccountID, in.Format, f)
			return &ExportAuditPayload{Export: row}, err
		})
}

// check refuses a filter that matches nothing because it can't: INVALID_INPUT.
func (f *Filter) check() error {
	var check clause.Check
	for _, field := range []struct {
		name  string
		value *string
	}{{"actorId", f.ActorID}, {"action", f.Action}, {"objectId", f.ObjectID}, {"clause", f.Clause}, {"ipAddress", f.IPAddress}} {
		if utf8.RuneCountInString(text.Value(field.value)) > longestValue {
			check.Add(clause.InvalidField("filter."+field.name, "最多 190 个字符。", "must have at most 190 characters."))
		}
	}
	if f.From != nil && f.To != nil && !f.From.Before(*f.To) {
		check.Add(clause.InvalidField("filter.to", "须晚于 from。", "must be after `from`."))
	}
	return check.Err()
}

// complete reports whether an export by the filter has everything that is in the
// account's chain, so that its seals can be checked: it is limited by time alone, and
// the reader sees accesses by operators too (6.2).
func (f *Filter) complete(ctx context.Context, accountID string, now time.Time) bool {
	limited := *f
	limited.From, limited.To = nil, nil
	return limited == (Filter{}) && authz.From(ctx).Allows(authz.AccessRead, authz.On(accountID), now)
}

// selection is the events of an export.
type selection struct {
	account  string
	filter   Filter
	until    time.Time // what is later isn't in it
	complete bool
}

// where returns the conditions of the events. A complete export has whole hours, since
// each seal is of an hour.
func (x *selection) where(ctx context.Context) []predicate.AuditEvent {
	where := []predicate.AuditEvent{auditevent.AccountID(x.account), auditevent.AtLTE(x.until)}
	if !x.complete {
		return append(where, x.filter.Where(ctx)...)
	}
	where = append(where, auditevent.SealedBy(""))
	if from := x.from(); from != nil {
		where = append(where, auditevent.AtGTE(*from))
	}
	if to := x.to(); to != nil {
		where = append(where, auditevent.AtLT(*to))
	}
	return where
}

// from returns the beginning of the hour of the filter's from.
func (x *selection) from() *time.Time {
	if x.filter.From == nil {
		return nil
	}
	t := x.filter.From.UTC().Truncate(time.Hour)
	return &t
}

// to returns the end of the hour of the last instant before the filter's to.
func (x *selection) to() *time.Time {
	if x.filter.To == nil {
		return nil
	}
	t := x.filter.To.UTC()
	if cut := t.Truncate(time.Hour); cut.Before(t) {
		t = cut.Add(time.Hour)
	}
	return &t
}

// exporter writes one export.
type exporter struct {
	selection
	id    string
	store *ent.Store
	out   *export.Writer
	names map[string]string // of the persons that are shown, by id
	known map[string]bool   // whether a person's name was looked for
	seals map[string]bool   // that are in the file
}

func newExporter(ctx context.Context, s *ent.Store, e *db.Export, to *export.Writer) (*exporter, error) {
	x := &exporter{id: e.ID, store: s, out: to, names: map[string]string{}, known: map[string]bool{}, seals: map[string]bool{}}
	if err := json.Unmarshal([]byte(e.Selection), &x.filter); err != nil {
		return nil, err
	}
	x.account, x.until = e.AccountID, e.CreatedAt
	x.complete = e.Format == dbexport.FormatJSON_LINES && x.filter.complete(ctx, e.AccountID, s.Now())
	return x, nil
}

func (x *exporter) write(ctx context.Context) error {
	if x.out.Format == dbexport.FormatCSV {
		_, err := x.events(ctx, x.row)
		return err
	}
	first := fileHeader{Record: recordExport, Version: exportVersion, ID: x.id, AccountID: x.account, CreatedAt: x.until, Complete: x.complete}
	var seals int
	var err error
	if x.complete {
		first.From, first.To = x.from(), x.to()
		seals, err = x.sealed(ctx, &first)
	} else {
		first.From, first.To = x.filter.From, x.filter.To
		err = x.out.Line(first)
	}
	if err != nil {
		return err
	}
	events, err := x.events(ctx, x.line)
	if err != nil {
		return err
	}
	return x.out.Line(fileEnd{Record: recordEnd, Seals: seals, Events: events})
}

// sealed writes the header of a complete export, and the seals of its hours.
func (x *exporter) sealed(ctx context.Context, first *fileHeader) (int, error) {
	where := []predicate.AuditSeal{auditseal.AccountID(x.account), auditseal.SealedAtLTE(x.until)}
	if first.From != nil {
		where = append(where, auditseal.UntilAtGT(*first.From))
	}
	if first.To != nil {
		where = append(where, auditseal.UntilAtLTE(*first.To))
	}
	n, number := 0, int64(0)
	for {
		rows, err := x.store.Read().AuditSeal.Query().Where(append(where, auditseal.NumberGT(number))...).Order(db.Asc(auditseal.FieldNumber)).Limit(exportPage).All(ctx)
		if err != nil {
			return n, err
		}
		if n == 0 {
			if len(rows) > 0 {
				if first.Head, err = x.before(ctx, rows[0]); err != nil {
					return n, err
				}
			}
			if err := x.out.Line(first); err != nil {
				return n, err
			}
		}
		for _, s := range rows {
			if err := x.out.Line(sealLine(s)); err != nil {
				return n, err
			}
			n, number, x.seals[s.ID] = n+1, s.Number, true
		}
		if len(rows) < exportPage {
			return n, nil
		}
	}
}

// before returns the chain value before the first event of a seal.
func (x *exporter) before(ctx context.Context, first *db.AuditSeal) (string, error) {
	l, err := x.store.Read().AuditLink.Query().Where(auditlink.AccountID(x.account), auditlink.Position(first.Last-first.Events)).Only(ctx)
	if db.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return l.Value, nil
}

// events writes the events, oldest first, and returns their number.
func (x *exporter) events(ctx context.Context, write func(ctx context.Context, e *db.AuditEvent, link *db.AuditLink) error) (int, error) {
	n, at, id := 0, time.Time{}, ""
	where := x.where(ctx)
	for {
		rows, err := x.store.Read().AuditEvent.Query().Where(append(where, after(at, id))...).
			Order(db.Asc(auditevent.FieldAt, auditevent.FieldID)).Limit(exportPage).All(ctx)
		if err != nil {
			return n, err
		}
		links, err := x.links(ctx, rows)
		if err == nil {
			err = x.name(ctx, rows)
		}
		if err != nil {
			return n, err
		}
		for _, e := range rows {
			if err := write(ctx, e, links[e.ID]); err != nil {
				return n, err
			}
			n++
		}
		if len(rows) < exportPage {
			return n, nil
		}
		if n >= 2*export.MostRecords { // what was committed late can't be without a bound either
			return n, export.ExportTooLarge.With("most", export.MostRecords)
		}
		at, id = rows[len(rows)-1].At, rows[len(rows)-1].ID
	}
}

// links reads the places of events in the chain, for a complete export.
func (x *exporter) links(ctx context.Context, rows []*db.AuditEvent) (map[string]*db.AuditLink, error) {
	if !x.complete || len(rows) == 0 {
		return nil, nil
	}
	ids := make([]string, len(rows))
	for i, e := range rows {
		ids[i] = e.ID
	}
	found, err := x.store.Read().AuditLink.Query().Where(auditlink.IDIn(ids...)).All(ctx)
	links := make(map[string]*db.AuditLink, len(found))
	for _, l := range found {
		if x.seals[l.SealID] { // else it was sealed after the export was asked for
			links[l.ID] = l
		}
	}
	return links, err
}

// name looks for the names of the persons and API keys of a page that the reader may see.
func (x *exporter) name(ctx context.Context, rows []*db.AuditEvent) error {
	var ids, keys []string
	for _, e := range rows {
		switch {
		case x.known[e.ActorID]:
		case e.ActorKind == auditevent.ActorKindPERSON:
			ids = append(ids, e.ActorID)
		case byAPIKey(e):
			keys = append(keys, e.ActorID)
		default:
			continue
		}
		x.known[e.ActorID] = true
	}
	if len(keys) > 0 {
		rows, err := x.store.Read().ApiKey.Query().Where(apikey.AccountID(x.account), apikey.IDIn(keys...)).All(ctx)
		if err != nil {
			return err
		}
		for _, k := range rows {
			x.names[k.ID] = k.Name
		}
	}
	if len(ids) == 0 {
		return nil
	}
	if !Oversees(ctx) {
		own, err := x.store.Read().Employee.Query().Where(employee.AccountID(x.account), employee.PersonIDIn(ids...)).All(ctx)
		if err != nil {
			return err
		}
		ids = []string{authz.From(ctx).ID}
		for _, e := range own {
			ids = append(ids, e.PersonID)
		}
	}
	persons, err := x.store.Read().Person.Query().Where(person.IDIn(ids...)).All(ctx)
	for _, p := range persons {
		x.names[p.ID] = p.Name
	}
	return err
}

// actor returns the actor of an event and its name; empty if the reader may not see it.
func (x *exporter) actor(ctx context.Context, e *db.AuditEvent) (id, name string) {
	name, seen := x.names[e.ActorID]
	if ShowsActor(ctx, e, seen) {
		return e.ActorID, name
	}
	return "", ""
}

// row writes an event in CSV.
func (x *exporter) row(ctx context.Context, e *db.AuditEvent, _ *db.AuditLink) error {
	actor, name := x.actor(ctx, e)
	return x.out.Row(e.ID, instant(e.At), string(e.ActorKind), actor, name, e.ActingAs, e.Action, e.ObjectID, string(e.Result), e.Code, e.Clause,
		text.Value((&Event{e}).Address(ctx)), figure(e.Count), e.Details, text.Value(e.Changes))
}
