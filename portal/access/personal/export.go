// Package personal owns what a person may ask of the data that is held on it: a file
// with all of it (6.3).
package personal

import (
	"context"
	"net/http"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	dbexport "portico/ent/db/export"
	"portico/ent/db/personalexport"
	"portico/portal/access/identity"
	"portico/portal/kernel/command"
	"portico/portal/kernel/export"
	"portico/portal/kernel/filelink"
)

// Path is the path for [Serve], with the id as the last element.
const Path = "/personal-exports/"

// ExportMyData creates the export of all that is held on the signed-in person, for 24
// hours, in place of the one before (6.3). A person with a second factor must have
// passed it lately; one without proves its present password. Refusals:
// STEP_UP_REQUIRED, CURRENT_PASSWORD_WRONG, TRIES_EXCEEDED, THROTTLED, ONLY_SELF for a
// program.
func ExportMyData(ctx context.Context, s *ent.Store, in ExportMyDataInput) (*ExportMyDataPayload, error) {
	return identity.WithPassword(ctx, s, in.CurrentPassword, func(ctx context.Context, password identity.TriedPassword) (*ExportMyDataPayload, error) {
		return command.Do(ctx, s, command.Command{Name: "exportMyData", SignedIn: true, Secret: true}, func(tx *command.Tx) (*ExportMyDataPayload, error) {
			p := tx.Principal()
			if p.Kind != authz.Person {
				return nil, clause.OnlySelf
			}
			tx.AuditObject("", p.ID)
			if err := password.Proves(tx, p); err != nil {
				return nil, err
			}
			row, err := renew(tx, p.ID)
			return &ExportMyDataPayload{Export: row}, err
		})
	})
}

// renew makes the person's export anew, or creates its first.
func renew(tx *command.Tx, personID string) (*db.PersonalExport, error) {
	until := tx.Wall.Add(export.Life)
	n, err := tx.PersonalExport.Update().Where(personalexport.PersonID(personID)).SetRequestedAt(tx.Wall).SetExpiresAt(until).Save(tx)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		return tx.PersonalExport.Query().Where(personalexport.PersonID(personID)).Only(tx)
	}
	row, err := tx.PersonalExport.Create().SetPersonID(personID).SetRequestedAt(tx.Wall).SetExpiresAt(until).Save(tx)
	if ent.IsDuplicate(err) { // a concurrent request created it
		err = ent.ErrStale
	}
	return row, err
}

// Serve serves the files of [export.Link] as attachments, to the person that they are about. It
// answers 404 for the export of somebody else, 410 once the link, the session or the
// export has expired, and 429 while the same person downloads another export.
func Serve(s *ent.Store) http.Handler {
	return filelink.Handler(s, Path, func(w http.ResponseWriter, r *http.Request, id string) (int, error) {
		ctx := r.Context()
		row, err := s.Read().PersonalExport.Query().Where(personalexport.ID(id)).Only(ctx)
		p := authz.From(ctx)
		switch {
		case db.IsNotFound(err):
			return http.StatusNotFound, nil
		case err != nil:
			return http.StatusInternalServerError, err
		case p.Kind != authz.Person || row.PersonID != p.ID:
			return http.StatusNotFound, nil
		case export.Expired(s, row.ExpiresAt):
			return http.StatusGone, nil
		}
		done, alone := export.Begin(s, p.ID)
		if !alone {
			return http.StatusTooManyRequests, nil
		}
		defer done()
		export.Send(ctx, w, row.ID, export.File{Name: "personal-data", Format: dbexport.FormatJSON_LINES, At: row.RequestedAt,
			Write: func(to *export.Writer) error { return write(ctx, s, row, to) }})
		return http.StatusOK, nil
	})
}
