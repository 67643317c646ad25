package approval

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db/approval"
	"portico/portal/kernel/command"
)

const (
	// lifetime is how long an approval can be decided.
	lifetime = 7 * 24 * time.Hour
	// mostInput is how long the input of a command may be, in bytes, to be kept.
	mostInput = 60_000
	// inputColumn is what inputs are sealed for.
	inputColumn = "approval.input"
)

// Ask is called by a running command where nothing but one refusal stands in its
// way, and a person with a permission on the command's object may lift that. It
// returns nil where the command runs under an approval of this very refusal: the
// command goes on. Otherwise the command returns the error of Ask as it is:
// [WaitsForApproval], and with it an approval is kept in place of everything that
// the command wrote. The refusal itself is returned, and nothing kept, if no person
// asks, the input is longer than 60,000 bytes, or the command runs under an
// approval of another refusal.
func Ask(tx *command.Tx, decider authz.Permission, r clause.Refusal) error {
	c, asker := tx.Command(), tx.Principal()
	if a := tx.Approved(); a != nil {
		if a.Lifts == r.Code {
			return nil
		}
		return r
	}
	input, hash, err := kept(c)
	if err != nil {
		return err
	}
	if asker.Kind != authz.Person || len(input) > mostInput {
		return r
	}
	id, expires := ent.NewID("appr"), tx.Now.Add(lifetime)
	waits := WaitsForApproval.With("approvalId", id).With("refusedCode", r.Code).With("expiresAt", expires)
	if r.Clause != "" {
		waits = waits.By(r.Clause)
	}
	return command.RefuseAnd(waits, func(tx *command.Tx) error {
		o, err := command.Locate(tx, tx.Client(), c.Object)
		if err != nil {
			return err
		}
		refusal, err := json.Marshal(r)
		if err != nil {
			return err
		}
		sealed, err := tx.Store().Seal(inputColumn, string(input))
		if err != nil {
			return err
		}
		row := tx.Approval.Create().SetID(id).SetAccountID(o.AccountID).SetStatus(approval.StatusREQUESTED).
			SetOperation(c.Name).SetObjectID(c.Object).SetInput(sealed).SetInputHash(hash).SetRefusal(string(refusal)).
			SetPermission(decider.String()).SetAskedBy(asker.ID).SetAskedAddress(asker.Address).SetAskedAgent(asker.Agent).
			SetAskedAt(tx.Now).SetExpiresAt(expires)
		if o.ApplicationID != "" {
			row.SetApplicationID(o.ApplicationID)
		}
		if !asker.SecondFactorAt.IsZero() {
			row.SetSecondFactorAge(calendar.Elapsed(asker.SecondFactorAt, tx.Wall).Microseconds())
		}
		tx.AuditDetail("approvalId", id)
		tx.AuditDetail("refusedCode", r.Code)
		return row.Exec(tx)
	})
}

// kept is the input of a command as it is kept. A command that can't wait is a
// mistake of the program.
func kept(c command.Command) (input []byte, hash string, err error) {
	w, ok := registered[c.Name]
	switch {
	case !ok:
		return nil, "", errors.New("approval: " + c.Name + " isn't registered")
	case c.Secret || c.Object == "":
		return nil, "", errors.New("approval: " + c.Name + " holds a secret or acts on no object, and can't wait")
	case reflect.TypeOf(c.Input) != w.input:
		return nil, "", fmt.Errorf("approval: the input of %s is %T, and it is registered with %s", c.Name, c.Input, w.input)
	}
	if input, hash, err = command.Canonical(c.Input); err != nil {
		return nil, "", err
	}
	return input, hash, w.check(input)
}
