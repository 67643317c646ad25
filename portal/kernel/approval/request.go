package approval

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"portico/clause"
	"portico/ent"
	"portico/portal/kernel/command"
)

// requestName is the operation that asks for an approval.
const requestName = "requestApproval"

// RequestApproval asks for an approval of a command that the person may not do
// alone (1.5). The command runs with every check, and nothing of it stays: only
// where nothing but one refusal stands in its way that an approval lifts, an approval
// is kept. For whoever may send the command. Refusals: INVALID_INPUT,
// [ApprovalNotNeeded], and those of the command, at its input.
func RequestApproval(ctx context.Context, s *ent.Store, in RequestApprovalInput) (*RequestApprovalPayload, error) {
	w, comment, err := checked(in)
	if err != nil {
		return nil, err
	}
	ctx = command.WithRequest(ctx, &command.Request{Command: in.Operation, Operation: requestName, Input: in, Comment: comment, NotNeeded: ApprovalNotNeeded})
	input, err := json.Marshal(in.Input)
	if err != nil {
		return nil, err
	}
	err = w.run(ctx, s, input)
	var waits clause.Refusal
	switch {
	case err == nil:
		return nil, errors.New("approval: " + in.Operation + " didn't run under its name")
	case !errors.Is(err, WaitsForApproval) || !errors.As(err, &waits):
		return nil, within(err)
	}
	id, _ := waits.Params["approvalId"].(string)
	row, err := s.Read().Approval.Get(ctx, id)
	return &RequestApprovalPayload{Approval: row}, err
}

// Check returns all that is wrong with what a request names and says, whatever its
// command's input is. The refusals are INVALID_INPUT.
func Check(in RequestApprovalInput) error {
	_, _, err := checked(in)
	return err
}

// checked returns the command that may wait, and the comment as it is kept.
func checked(in RequestApprovalInput) (w waiting, comment string, err error) {
	var check clause.Check
	w, ok := registered[in.Operation]
	if !ok {
		known := strings.Join(Operations(), ", ")
		check.Add(clause.InvalidField("operation", "须为可申请批准的操作："+known+"。", "must be an operation that can wait for an approval: "+known+"."))
	}
	comment, err = remark(in.Comment, false)
	check.Add(err)
	return w, comment, check.Err()
}

// within puts the refusals of a command at its input within the input of the
// request.
func within(err error) error {
	refused := command.Refusals(err)
	if len(refused) == 0 {
		return err
	}
	moved := slices.Clone(refused)
	for i, r := range moved {
		if len(r.Field) > 0 {
			moved[i].Field = slices.Insert(slices.Clone(r.Field), 1, "input")
		}
	}
	return moved.Err()
}
