// Package export owns the exports that persons ask for: which records of an account,
// in which format, and until when. It writes their files while they are downloaded.
package export

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/export"
	"portico/portal/kernel/command"
	"portico/portal/kernel/filelink"
)

const (
	// Life is how long an export can be downloaded, in wall time.
	Life = 24 * time.Hour
	// MostAtOnce is the number of exports that a person may have which haven't expired.
	MostAtOnce = 20
	// MostRecords is the number of records that a file may have: it is written within
	// the time of one request.
	MostRecords = 50_000
)

// Path is the path for [Serve], with the id as the last element: "GET /exports/{id}".
const Path = "/exports/"

// Source writes the exports of one kind. The unit that owns the records registers it
// when the program starts.
type Source struct {
	Kind export.Kind
	// Permission is asked on the account when the export is created, and again when the
	// file is downloaded.
	Permission authz.Permission
	// Name begins the name of the file.
	Name string
	// Columns are the names of the columns in CSV.
	Columns []string
	// Write writes the records of an export, for the context's principal.
	Write func(ctx context.Context, s *ent.Store, e *db.Export, to *Writer) error
}

var sources = map[export.Kind]Source{}

// Register adds a source. Call it when the program starts; it panics if the kind has
// one already.
func Register(s Source) {
	if _, twice := sources[s.Kind]; twice {
		panic(fmt.Sprintf("export: the kind %s is registered twice", s.Kind))
	}
	sources[s.Kind] = s
}

// Create creates an export of an account's records for the transaction's person, which
// holds the source's permission. Selection is kept as JSON. It can be downloaded for 24
// hours. Refusals: EXPORT_LIMIT for the 21st export that hasn't expired, FORBIDDEN for
// a principal that isn't a person.
func Create(tx *command.Tx, kind export.Kind, accountID string, format export.Format, selection any) (*db.Export, error) {
	p := tx.Principal()
	switch p.Kind {
	case authz.Person:
	case authz.APIKey: // it could not download the file
		return nil, authz.APIKeyForbidden
	default:
		return nil, clause.Forbidden
	}
	kept, err := json.Marshal(selection)
	if err != nil {
		return nil, err
	}
	slot, err := free(tx, p.ID)
	if err != nil {
		return nil, err
	}
	row, err := tx.Export.Create().SetAccountID(accountID).SetPersonID(p.ID).SetKind(kind).SetFormat(format).SetSelection(string(kept)).
		SetCreatedAt(tx.Now).SetExpiresAt(tx.Wall.Add(Life)).SetSlotKey(slot).Save(tx)
	if ent.IsDuplicate(err) { // a concurrent command took the place
		err = ent.ErrStale
	}
	return row, err
}

// free returns a place for one more export of a person, on whichever account its others
// are. An export that has expired gives up its place.
func free(tx *command.Tx, personID string) (string, error) {
	ctx := authz.Widen(authz.With(tx, authz.AsSystem("export")))
	if err := tx.Export.Update().Where(export.PersonID(personID), export.ExpiresAtLTE(tx.Wall), export.SlotKeyNotNil()).ClearSlotKey().Exec(ctx); err != nil {
		return "", err
	}
	rows, err := tx.Export.Query().Where(export.PersonID(personID), export.SlotKeyNotNil()).All(ctx)
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, row := range rows {
		taken[*row.SlotKey] = true
	}
	for n := range MostAtOnce {
		if slot := fmt.Sprintf("%s|%d", personID, n+1); !taken[slot] {
			return slot, nil
		}
	}
	return "", ExportLimit.With("most", MostAtOnce)
}

// Status is whether the file of an export can be downloaded.
type Status string

// The statuses of an export.
const (
	Ready  Status = "READY"
	Lapsed Status = "EXPIRED"
)

// StatusOf returns the status of an export that can be downloaded until a time.
func StatusOf(s *ent.Store, until time.Time) Status {
	if Expired(s, until) {
		return Lapsed
	}
	return Ready
}

// Expired reports whether an export can't be downloaded any more.
func Expired(s *ent.Store, until time.Time) bool { return !s.Wall().Before(until) }

// Link returns a link to the file of the export with an id, below the path at which it
// is served. The link opens it as the context's principal for ten minutes; nil once the
// export has expired.
func Link(ctx context.Context, s *ent.Store, path, id string, until time.Time) *string {
	if Expired(s, until) {
		return nil
	}
	l := filelink.To(ctx, s, path, id)
	return &l
}
