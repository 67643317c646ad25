package staff

import (
	"context"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/money"
	"portico/portal/kernel/address"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// ImportEmployeesInput is the input of importEmployees.
type ImportEmployeesInput struct {
	// The account that invites.
	AccountID string `json:"accountId"`
	// The file: CSV with a header, and 1 to 200 rows below it.
	CSV string `json:"csv"`
	// DryRun is true to invite nobody, and only to hear what would become of each row.
	DryRun *bool `json:"dryRun"`
}

// ImportEmployeesPayload is the answer of importEmployees.
type ImportEmployeesPayload struct {
	clause.Answer
	// What became of each row, in the order of the file.
	Rows []ImportedRow `json:"rows"`
	// How many persons were invited.
	Invited *int `json:"invited"`
}

// ImportResult is what became of a row (enum ImportResult).
type ImportResult string

// The results of a row.
const (
	ImportInvited ImportResult = "INVITED"
	ImportValid   ImportResult = "VALID"
	ImportRefused ImportResult = "REFUSED"
)

// ImportedRow is what became of one row of a file. It is kept under an idempotency key
// without the address, which is personal data; that is in the input.
type ImportedRow struct {
	// Row is its place in the file, of which the header is row 1.
	Row     int
	Address string `json:"-"`
	Result  ImportResult
	// Refusal is why the person isn't invited, and Column where in the row.
	Refusal *clause.Refusal
	Column  string
}

// ImportEmployees invites the persons of a CSV file to work on an account (1.5), each as
// [InviteEmployee] would with the grants of its row, and states what became of each row.
// A row that is refused doesn't stop the others. A dry run checks the same and invites
// nobody. For employees with employee:invite on the account. Refusals: INVALID_INPUT for
// a file that can't be read, STAFF_NOT_ALLOWED, and those of standing; those of
// inviteEmployee are told by row.
func ImportEmployees(ctx context.Context, s *ent.Store, in ImportEmployeesInput) (*ImportEmployeesPayload, error) {
	rows, fault := readFile(in.CSV)
	dry := in.DryRun != nil && *in.DryRun
	answer, err := command.Do(ctx, s, command.Command{Name: "importEmployees", Permission: authz.EmployeeInvite,
		Object: in.AccountID, Field: "accountId", Input: in}, func(tx *command.Tx) (*ImportEmployeesPayload, error) {
		r, by, err := inviting(tx, in.AccountID)
		if err != nil {
			return nil, err
		}
		if fault != nil {
			return nil, fault
		}
		i, err := r.importing(by, dry)
		if err != nil {
			return nil, err
		}
		p := &ImportEmployeesPayload{Rows: make([]ImportedRow, len(rows)), Invited: &i.invited}
		for n, row := range rows {
			if p.Rows[n], err = i.row(row); err != nil {
				return nil, err
			}
		}
		tx.AuditObject(in.AccountID, in.AccountID)
		tx.AuditDetail("rows", len(rows))
		tx.AuditDetail("invitationIds", i.ids)
		tx.AuditDetail("dryRun", dry)
		tx.AuditDetail("declares", "EMPLOYMENT")
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	for n := range answer.Rows {
		answer.Rows[n].Address = rows[n].cells[columnAddress]
	}
	return answer, nil
}

// importing is an import under way: what is the same for all of its rows.
type importing struct {
	*roster
	by       *member
	dry      bool
	room     *room
	roles    map[string]string // id by code
	currency money.Currency
	seen     map[string]bool // addresses, by index
	ids      []string        // of the invitations
	invited  int
}

func (r *roster) importing(by *member, dry bool) (*importing, error) {
	of, err := r.account()
	if err != nil {
		return nil, err
	}
	left, err := r.room()
	if err != nil {
		return nil, err
	}
	i := &importing{roster: r, by: by, dry: dry, room: left, roles: map[string]string{}, currency: money.Currency(of.Currency), seen: map[string]bool{}, ids: []string{}}
	roles, err := r.allRoles()
	if err != nil {
		return nil, err
	}
	for _, role := range roles {
		i.roles[role.Code] = role.ID
	}
	return i, nil
}

// row invites the person of a row, or refuses the row.
func (i *importing) row(f fileRow) (ImportedRow, error) {
	row := ImportedRow{Row: f.number, Result: ImportInvited}
	to, given, err := i.read(f)
	if err == nil {
		err = i.room.take(to.Index(i.tx.Store()), columnAddress)
	}
	switch refused := command.Refusals(err); {
	case len(refused) > 0:
		row.Result, row.Refusal, row.Column = ImportRefused, &refused[0], columnOf(refused[0])
		return row, nil
	case err != nil:
		return row, err
	case i.dry:
		row.Result = ImportValid
		return row, nil
	}
	invited, err := i.invite(i.by, to, given)
	if err != nil {
		return row, err
	}
	i.ids = append(i.ids, invited.ID)
	i.invited++
	return row, nil
}

// read reads whom a row invites, and the grants that it gives. Refusals: those of
// inviteEmployee.
func (i *importing) read(f fileRow) (to address.Address, given []gift, err error) {
	if f.fault != nil {
		return to, nil, f.fault
	}
	var check clause.Check
	to, err = address.Read(f.cells[columnAddress], columnAddress)
	check.Add(err)
	if index := to.Index(i.tx.Store()); err == nil {
		if i.seen[index] {
			check.Add(clause.InvalidField(columnAddress, "该地址在文件中已出现过。", "this address is in an earlier row of the file."))
		}
		i.seen[index] = true
	}
	list, err := f.grants(i.roles, i.currency)
	check.Add(err)
	if err := check.Err(); err != nil {
		return to, nil, err
	}
	if given, err = i.offer(i.by, nil, list); err != nil {
		return to, nil, err
	}
	return to, given, outbox.Receives(i.tx.Tx, to.Value, columnAddress)
}
