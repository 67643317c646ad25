package approval

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/approval"
	"portico/portal/kernel/command"
)

// State is where an approval stands (enum ApprovalStatus).
type State string

// The states. Expired approvals that the job hasn't found yet are expired.
const (
	Pending   State = "PENDING"
	Approved  State = "APPROVED"
	Rejected  State = "REJECTED"
	Withdrawn State = "WITHDRAWN"
	Lapsed    State = "EXPIRED"
	Done      State = "DONE"
	Refused   State = "REFUSED"
)

// StateOf returns where an approval stands at an instant.
func StateOf(row *db.Approval, now time.Time) State {
	switch {
	case Expired(row, now):
		return Lapsed
	case row.Status == approval.StatusREQUESTED:
		return Pending
	}
	return State(row.Status)
}

// Visible reports whether a principal may see an approval: the person that asked,
// whoever holds the permission that decides on its object, and the readers of the
// account's audit.
func Visible(p *authz.Principal, row *db.Approval, now time.Time) bool {
	perm, known := authz.ParsePermission(row.Permission)
	return p.Kind == authz.Person && p.ID == row.AskedBy || p.Allows(authz.AuditRead, authz.On(row.AccountID), now) ||
		known && p.Allows(perm, command.ObjectOf(row), now)
}

// outcome is what an approved command came to, as it is kept.
type outcome struct {
	Fields  map[string]json.RawMessage `json:"fields"`
	Refusal *clause.Refusal            `json:"refusal"`
}

func outcomeOf(row *db.Approval) (o outcome, err error) {
	if row.Outcome == nil {
		return o, nil
	}
	err = json.Unmarshal([]byte(*row.Outcome), &o)
	return o, err
}

// ResultOf returns the id of what an approved command made or changed; empty if it
// wasn't done.
func ResultOf(row *db.Approval) (string, error) {
	o, err := outcomeOf(row)
	for _, name := range slices.Sorted(maps.Keys(o.Fields)) {
		var id string
		if json.Unmarshal(o.Fields[name], &id) == nil && ent.TypeOf(id) != "" {
			return id, err
		}
	}
	return "", err
}

// WaitsFor returns the refusal that an approval lifts.
func WaitsFor(row *db.Approval) (*clause.Refusal, error) {
	var r clause.Refusal
	err := json.Unmarshal([]byte(row.Refusal), &r)
	return &r, err
}

// RefusalOf returns why an approved command was refused, without the figures that not
// everybody may read; nil if it wasn't.
func RefusalOf(row *db.Approval) (*clause.Refusal, error) {
	o, err := outcomeOf(row)
	return o.Refusal, err
}
