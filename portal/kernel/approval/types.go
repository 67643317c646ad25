package approval

import (
	"portico/clause"
	"portico/ent/db"
)

// RequestApprovalInput is the input of requestApproval.
type RequestApprovalInput struct {
	// Operation is the name of the command.
	Operation string `json:"operation"`
	// Input is the command's input, as JSON can represent it.
	Input any `json:"input"`
	// Comment is for those who decide, at most 2,000 characters.
	Comment *string `json:"comment"`
}

// RequestApprovalPayload is the answer of requestApproval.
type RequestApprovalPayload struct {
	clause.Answer
	// Approval is what waits.
	Approval *db.Approval `json:"approval"`
}

// Decision is how an approval is decided (enum ApprovalDecision).
type Decision string

// The decisions.
const (
	Approve Decision = "APPROVE"
	Reject  Decision = "REJECT"
)

// DecideApprovalInput is the input of decideApproval.
type DecideApprovalInput struct {
	// ApprovalID is the approval.
	ApprovalID string `json:"approvalId"`
	// Decision approves or rejects it.
	Decision Decision `json:"decision"`
	// Comment is the reason, at most 2,000 characters; a rejection needs one.
	Comment *string `json:"comment"`
}

// DecideApprovalPayload is the answer of decideApproval.
type DecideApprovalPayload struct {
	clause.Answer
	// Approval is the approval with its decision and, as far as it has run, its
	// outcome.
	Approval *db.Approval `json:"approval"`
}

// WithdrawApprovalInput is the input of withdrawApproval.
type WithdrawApprovalInput struct {
	// ApprovalID is the approval.
	ApprovalID string `json:"approvalId"`
}

// WithdrawApprovalPayload is the answer of withdrawApproval.
type WithdrawApprovalPayload struct {
	clause.Answer
	// Approval is what was withdrawn.
	Approval *db.Approval `json:"approval"`
}
