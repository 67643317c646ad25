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
	"portico/ent/db"
	"portico/ent/db/approval"
	"portico/money"
	"portico/portal/kernel/command"
)

const (
	// lifetime is how long an approval can be decided.
	lifetime = 7 * 24 * time.Hour
	// mostInput is how long the input of a command may be, in bytes, to be kept.
	mostInput = 60_000
	// mostAsked is how many approvals a person asks for on an account in a day.
	mostAsked = 50
	day       = 24 * time.Hour
	// inputColumn is what inputs are sealed for.
	inputColumn = "approval.input"
)

// Matter is what those who decide are shown of a command that waits.
type Matter struct {
	// Summary is what the command does.
	Summary clause.Text
	// Amount is what it costs, in the account's currency: who decides must be allowed
	// to spend as much. Nil if it costs nothing.
	Amount *money.Amount
}

// Ask is called by a running command where nothing but one refusal stands in its
// way that somebody else may lift: who holds the permission that the command is
// registered with. It returns nil where the command runs under an approval of this
// very refusal: the command goes on. Otherwise the command returns the error of Ask
// as it is. To who asks for an approval ([Request]) it is [WaitsForApproval], and an
// approval is kept in place of everything that the command wrote. To everyone else
// it is the refusal; a person is told how to ask. No approval is kept, and the
// refusal stands, if no person asks, if the input is longer than 60,000 bytes, or if
// the command runs under an approval of another refusal.
func Ask(tx *command.Tx, m Matter, r clause.Refusal) error {
	if a := tx.Approved(); a != nil {
		if a.Lifts == r.Code {
			return nil
		}
		return r
	}
	c, asker := tx.Command(), tx.Principal()
	if asker.Kind != authz.Person {
		return r
	}
	input, hash, err := kept(c)
	if err != nil {
		return err
	}
	switch {
	case len(input) > mostInput:
		return r
	case tx.Requested() == nil:
		return askable(r, c.Name, input)
	}
	if err := seldom(tx, c.Object, asker.ID); err != nil {
		return err
	}
	id, expires := ent.NewID("appr"), tx.Now.Add(lifetime)
	waits := WaitsForApproval.With("approvalId", id).With("refusedCode", r.Code).With("expiresAt", expires)
	if r.Clause != "" {
		waits = waits.By(r.Clause)
	}
	return command.RefuseAnd(waits, func(tx *command.Tx) error {
		return keep(tx, m, r, &db.Approval{ID: id, Input: input, InputHash: hash, AskedBy: asker.ID, ExpiresAt: expires})
	})
}

// keep writes the approval of a command that waits, whose id, input, asker and expiry
// are given.
func keep(tx *command.Tx, m Matter, r clause.Refusal, row *db.Approval) error {
	c, asker := tx.Command(), tx.Principal()
	o, err := command.Locate(tx, tx.Client(), c.Object)
	if err != nil {
		return err
	}
	refusal, err := json.Marshal(r)
	if err != nil {
		return err
	}
	sealed, err := tx.Store().Seal(inputColumn, string(row.Input))
	if err != nil {
		return err
	}
	create := tx.Approval.Create().SetID(row.ID).SetAccountID(o.AccountID).SetStatus(approval.StatusREQUESTED).
		SetOperation(c.Name).SetObjectID(c.Object).SetInput(sealed).SetInputHash(row.InputHash).SetRefusal(string(refusal)).
		SetPermission(registered[c.Name].decider.String()).SetAskedBy(row.AskedBy).SetAskedAddress(asker.Address).SetAskedAgent(asker.Agent).
		SetAskedAt(tx.Now).SetExpiresAt(row.ExpiresAt).SetLapsesAt(row.ExpiresAt)
	if o.ApplicationID != "" {
		create.SetApplicationID(o.ApplicationID)
	}
	if m.Summary != (clause.Text{}) {
		create.SetSummary(m.Summary.ZH).SetSummaryEn(m.Summary.EN)
	}
	if m.Amount != nil {
		create.SetSpending(m.Amount.Minor())
	}
	if comment := tx.Requested().Comment; comment != "" {
		create.SetComment(comment)
	}
	if !asker.SecondFactorAt.IsZero() {
		create.SetSecondFactorAge(calendar.Elapsed(asker.SecondFactorAt, tx.Wall).Microseconds())
	}
	tx.AuditDetail("approvalId", row.ID)
	tx.AuditDetail("refusedCode", r.Code)
	written, err := create.Save(tx)
	if err != nil {
		return err
	}
	return tell(tx.Tx, written)
}

// seldom refuses a person that has asked for too many approvals on an account lately:
// colleagues are told of each of them (5.4).
func seldom(tx *command.Tx, object, personID string) error {
	o, err := command.Locate(tx, tx.Client(), object)
	if err != nil {
		return err
	}
	n, err := tx.Approval.Query().Where(approval.AccountID(o.AccountID), approval.AskedBy(personID), approval.AskedAtGT(tx.Now.Add(-day))).Count(tx)
	if err == nil && n >= mostAsked {
		return ApprovalsTooOften.With("limit", mostAsked)
	}
	return err
}

// askable is a refusal whose remedy asks for an approval of the command as it was
// sent.
func askable(r clause.Refusal, name string, input []byte) error {
	var sent map[string]any
	if err := json.Unmarshal(input, &sent); err != nil {
		return err
	}
	return r.Lift(clause.Remedy{Text: clause.Text{ZH: "请申请批准，由有权限且限额足够的同事审批；或请管理员调整您的权限。",
		EN: "Ask for an approval: a colleague with the permission and a sufficient limit decides. Or ask an administrator to change what you may do."},
		Operation: requestName, Input: map[string]any{"operation": name, "input": sent}})
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
