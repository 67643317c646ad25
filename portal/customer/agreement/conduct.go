package agreement

import (
	"maps"
	"slices"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/acceptance"
	"portico/ent/db/employee"
	"portico/ent/db/noticereceipt"
	"portico/ent/db/ownership"
	"portico/portal/kernel/command"
	"portico/portal/kernel/param"
)

func init() { command.OnContinuedUse(recordConduct) }

// recordConduct records what accounts accept by continuing to use the services
// after an amendment without a click took effect: an acceptance BY_CONDUCT of
// each such version, once for an account (0). Use before the effective date
// accepts nothing, nor does use before the notice of the amendment was shown to
// a person of the account or counts as served (12.4). A step of the command
// that used the services.
func recordConduct(tx *command.Tx, used map[string]time.Time) error {
	versions, err := byConduct(tx.Tx)
	if err != nil || len(versions) == 0 {
		return err
	}
	due, err := unaccepted(tx.Tx, versions, used)
	if err != nil || len(due) == 0 {
		return err
	}
	if due, err = notified(tx.Tx, due, used); err != nil || len(due) == 0 {
		return err
	}
	who, err := acceptors(tx.Tx, due)
	if err != nil {
		return err
	}
	p := tx.Principal()
	var rows []*db.AcceptanceCreate
	var ids []string
	for _, d := range due {
		if who[d.accountID] == "" {
			continue
		}
		ids = append(ids, d.terms.ID)
		rows = append(rows, tx.Acceptance.Create().SetAccountID(d.accountID).SetTermsID(d.terms.ID).SetPersonID(who[d.accountID]).
			SetHow(acceptance.HowBY_CONDUCT).SetAcceptedAt(tx.Now).SetAddress(p.Address).SetAgent(p.Agent))
	}
	for part := range slices.Chunk(rows, rowsPerInsert) {
		if err := tx.Acceptance.CreateBulk(part...).Exec(tx); ent.IsDuplicate(err) { // recorded concurrently
			return ent.ErrStale
		} else if err != nil {
			return err
		}
	}
	if len(used) == 1 && len(ids) > 0 {
		tx.AuditDetail("acceptedByConduct", ids)
	}
	return nil
}

// rowsPerInsert and idsPerQuery keep the parameters of a statement below the
// limits of both engines.
const (
	rowsPerInsert = 200
	idsPerQuery   = 1000
)

// pending is a version that an account has yet to accept.
type pending struct {
	accountID string
	terms     *db.Terms
}

// unaccepted returns the versions that accounts have not accepted, of those in
// force when they used the services.
func unaccepted(tx *ent.Tx, versions []*db.Terms, used map[string]time.Time) ([]pending, error) {
	ids := make([]string, len(versions))
	for i, t := range versions {
		ids[i] = t.ID
	}
	accounts := slices.Sorted(maps.Keys(used))
	accepted := map[[2]string]bool{}
	for part := range slices.Chunk(accounts, idsPerQuery) {
		rows, err := tx.Acceptance.Query().Where(acceptance.AccountIDIn(part...), acceptance.TermsIDIn(ids...)).All(tx)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			accepted[[2]string{r.AccountID, r.TermsID}] = true
		}
	}
	var due []pending
	for _, id := range accounts {
		for _, t := range versions {
			if !accepted[[2]string{id, t.ID}] && !used[id].Before(t.EffectiveAt) {
				due = append(due, pending{id, t})
			}
		}
	}
	return due, nil
}

// notified returns those whose notice was shown to a person of the account, or
// counted as served, by the time of the use.
func notified(tx *ent.Tx, due []pending, used map[string]time.Time) ([]pending, error) {
	accounts := make([]string, 0, len(due))
	for _, d := range due {
		accounts = append(accounts, d.accountID)
	}
	agreements, err := param.OfEach(tx, tx.Override, slices.Compact(accounts), tx.Now)
	if err != nil {
		return nil, err
	}
	var list []pending
	for _, d := range due {
		a, was, err := announced(tx, d.terms.ID)
		if err != nil {
			return nil, err
		}
		if !was {
			continue
		}
		served := a.sentAt.Add(agreements[d.accountID].Figure(clause.ServedElectronicDelay).Duration())
		if used[d.accountID].Before(served) {
			shown, err := tx.NoticeReceipt.Query().Where(noticereceipt.AccountID(d.accountID), noticereceipt.NoticeID(a.noticeID),
				noticereceipt.ReadAtLTE(used[d.accountID])).Exist(tx)
			if err != nil {
				return nil, err
			}
			if !shown {
				continue
			}
		}
		list = append(list, d)
	}
	return list, nil
}

// acceptors returns the persons who accept, by account: the acting person if it
// is an employee of the account, otherwise the account's owner.
func acceptors(tx *ent.Tx, due []pending) (map[string]string, error) {
	who, p := map[string]string{}, tx.Principal()
	var others []string
	for _, d := range due {
		if p.Kind == authz.Person && slices.Contains(p.Accounts(), d.accountID) {
			who[d.accountID] = p.ID
		} else {
			others = append(others, d.accountID)
		}
	}
	for part := range slices.Chunk(others, idsPerQuery) {
		open, err := tx.Ownership.Query().Where(ownership.OpenKeyIn(part...)).All(tx)
		if err != nil {
			return nil, err
		}
		employees := make([]string, len(open))
		for i, o := range open {
			employees[i] = o.EmployeeID
		}
		rows, err := tx.Employee.Query().Where(employee.IDIn(employees...)).All(tx)
		if err != nil {
			return nil, err
		}
		for _, e := range rows {
			who[e.AccountID] = e.PersonID
		}
	}
	return who, nil
}
