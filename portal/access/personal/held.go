package personal

import (
	"context"
	"errors"
	"slices"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/employee"
	"portico/ent/statement"
	"portico/portal/kernel/address"
	"portico/portal/kernel/export"
	"portico/portal/kernel/outbox"
)

// subject is the person that an export is about.
type subject struct {
	person *db.Person
	// employees and accounts are what the person works or has worked as, and where.
	employees, accounts []string
	// addresses are those that it has proved, and recipients their keyed indexes, which
	// addresses of one mailbox share.
	addresses, recipients []string
}

func subjectOf(ctx context.Context, s *ent.Store, personID string) (*subject, error) {
	row, err := s.Read().Person.Get(ctx, personID)
	if err != nil {
		return nil, err
	}
	x := &subject{person: row}
	phone, err := address.Phone(s, row)
	if err != nil {
		return nil, err
	}
	email, err := address.Mailbox(s, row) // another's, perhaps, until it is verified (1.1)
	if err != nil {
		return nil, err
	}
	for _, to := range []string{phone, email} {
		if to != "" {
			x.addresses, x.recipients = append(x.addresses, to), append(x.recipients, outbox.Recipient(s, to))
		}
	}
	err = statement.Subject(ctx, s, statement.About{Type: "Employee", Column: employee.FieldPersonID, Values: []string{personID}}, func(n db.Node) error {
		e := n.(*db.Employee)
		x.employees, x.accounts = append(x.employees, e.ID), append(x.accounts, e.AccountID)
		return nil
	})
	return x, err
}

// held are the records about a person, by entity, with the column that names it. An
// index begins with that column, or with the account and that column.
var held = []struct {
	entity, column string
	by             func(x *subject) []string
	at             func(x *subject) []string
}{
	{"Person", "id", self, everywhere},
	{"Operator", "person_id", self, everywhere},
	{"Employee", "person_id", self, everywhere},
	{"Grant", "employee_id", employees, everywhere},
	{"Membership", "employee_id", employees, everywhere},
	{"ApiKey", "employee_id", employees, everywhere},
	{"Invitation", "accepted_by", employees, ofAccounts},
	{"Acceptance", "person_id", self, ofAccounts},
	{"Declaration", "person_id", self, ofAccounts},
	{"NoticeMark", "person_id", self, ofAccounts},
	{"NoticeReceipt", "person_id", self, ofAccounts},
	{"Session", "person_id", self, everywhere},
	{"SecondFactor", "person_id", self, everywhere},
	{"RecoveryCode", "person_id", self, everywhere},
	{"FormerPassword", "person_id", self, everywhere},
	{"EmailChange", "person_id", self, everywhere},
	{"EmailLink", "person_id", self, everywhere},
	{"Export", "person_id", self, everywhere},
	{"PersonalExport", "person_id", self, everywhere},
	{"Message", "recipient_index", recipients, everywhere},
	{"AuditEvent", "actor_id", self, ofAccountsAndNone},
}

// isAbout reports whether a record is about the person: of messages, those alone that were
// sent to an address which it has proved.
func (x *subject) isAbout(entity string, values map[string]any) bool {
	to, _ := values["recipient"].(string)
	return entity != "Message" || slices.Contains(x.addresses, to)
}

func self(x *subject) []string       { return []string{x.person.ID} }
func employees(x *subject) []string  { return x.employees }
func recipients(x *subject) []string { return x.recipients }

func everywhere(*subject) []string          { return nil }
func ofAccounts(x *subject) []string        { return append([]string{}, x.accounts...) }
func ofAccountsAndNone(x *subject) []string { return append([]string{""}, x.accounts...) }

// theirs are values that are an account's own rather than the person's, by entity.
var theirs = map[string][]string{"AuditEvent": {"details", "changes", "sealedBy"}}

// version is the version of the file's format.
const version = 1

// errFull ends a file that has as many records as it may have.
var errFull = errors.New("personal: the file is full")

// write writes the records about the person of an export: a header, a line for each, and
// an end with their number. A file that would have more than [export.MostRecords] says
// that it isn't complete.
func write(ctx context.Context, s *ent.Store, e *db.PersonalExport, to *export.Writer) error {
	x, err := subjectOf(ctx, s, e.PersonID)
	if err != nil {
		return err
	}
	if err := to.Line(map[string]any{"record": "header", "version": version, "id": e.ID, "personId": e.PersonID, "requestedAt": e.RequestedAt}); err != nil {
		return err
	}
	n := 0
	for _, h := range held {
		err := statement.Subject(ctx, s, statement.About{Type: h.entity, Column: h.column, Values: h.by(x), Accounts: h.at(x)}, func(row db.Node) error {
			values, err := s.Disclose(row)
			if err != nil || !x.isAbout(h.entity, values) {
				return err
			}
			if n == export.MostRecords {
				return errFull
			}
			n++
			for _, column := range theirs[h.entity] {
				delete(values, column)
			}
			return to.Line(map[string]any{"record": h.entity, "values": values})
		})
		if errors.Is(err, errFull) {
			return to.Line(map[string]any{"record": "end", "records": n, "complete": false})
		}
		if err != nil {
			return err
		}
	}
	return to.Line(map[string]any{"record": "end", "records": n, "complete": true})
}
