package permission

import (
	"slices"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/approval"
	"portico/ent/db/employee"
	"portico/ent/db/person"
	"portico/portal/kernel/address"
	unit "portico/portal/kernel/approval"
	"portico/portal/kernel/command"
	"portico/portal/kernel/outbox"
)

// mostTold is how many of those who may decide get a mail about what waits.
const mostTold = 20

func init() { unit.OnChange(tell) }

// tell tells people of an approval by e-mail: some of those who may decide, once it
// was asked for, and the person that asked, once it was rejected, has expired or has
// an outcome. Who has verified no address finds it in the list of approvals.
func tell(tx *ent.Tx, row *db.Approval) error {
	var news outbox.ApprovalNews
	switch row.Status {
	case approval.StatusREQUESTED:
		return tellDeciders(tx, row)
	case approval.StatusREJECTED:
		news = outbox.ApprovalRejected
	case approval.StatusEXPIRED:
		news = outbox.ApprovalExpired
	case approval.StatusDONE:
		news = outbox.ApprovalDone
	case approval.StatusREFUSED:
		news = outbox.ApprovalRefused
	default:
		return nil
	}
	return mail(tx, row, news, row.AskedBy)
}

func tellDeciders(tx *ent.Tx, row *db.Approval) error {
	perm, _ := authz.ParsePermission(row.Permission)
	h, err := holders(tx, tx.Client(), command.ObjectOf(row), perm)
	if err != nil {
		return err
	}
	h.Now, h.Spending = tx.Now, row.Spending
	ids, err := h.IDs(tx, tx, "", "", false, mostTold+1) // the person that asked may be among them
	if err != nil || len(ids) == 0 {
		return err
	}
	people, err := tx.Employee.Query().Where(employee.IDIn(ids...)).Select(employee.FieldPersonID).Strings(tx)
	if err != nil {
		return err
	}
	people = slices.DeleteFunc(people, func(id string) bool { return id == row.AskedBy })
	slices.Sort(people)
	return mail(tx, row, outbox.ApprovalAsked, people[:min(len(people), mostTold)]...)
}

// mail queues a mail to each of some people who have verified an address.
func mail(tx *ent.Tx, row *db.Approval, news outbox.ApprovalNews, people ...string) error {
	account, err := tx.Account.Get(tx, row.AccountID)
	if err != nil {
		return err
	}
	rows, err := tx.Person.Query().Where(person.IDIn(people...)).Order(db.Asc(person.FieldID)).All(tx)
	if err != nil {
		return err
	}
	for _, p := range rows {
		to, err := address.Mailbox(tx.Store(), p)
		if err != nil {
			return err
		}
		if to == "" {
			continue
		}
		if err := outbox.Send(tx, outbox.ApprovalMail(to, p.ID, news, account.Number, row.ExpiresAt)); err != nil {
			return err
		}
	}
	return nil
}
