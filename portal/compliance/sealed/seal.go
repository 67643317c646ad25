// Package sealed owns what the provider keeps to the law by: the seals under
// which its compliance operators look at an account (5.12).
package sealed

import (
	"context"
	"strings"
	"unicode/utf8"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/accessseal"
	"portico/ent/db/account"
	"portico/portal/kernel/command"
	"portico/text"
)

const (
	maxReference = 100
	maxReason    = 2000
	mostSeals    = 100
)

// SealAccessesInput is what sealAccesses takes.
type SealAccessesInput struct {
	// The account that is about to be looked at.
	AccountID string `json:"accountId"`
	// The matter that it rests on.
	Ground accessseal.Ground `json:"ground"`
	// Number of the clue or request, 1 to 100 printable ASCII characters.
	Reference string `json:"reference"`
	// Why the customer is not to know yet, at most 2,000 characters.
	Reason string `json:"reason"`
}

// SealAccessesPayload is the answer of sealAccesses.
type SealAccessesPayload struct {
	clause.Answer
	// The seal of the caller's looks.
	Seal *db.AccessSeal `json:"seal"`
}

// LiftSealInput is what liftSeal takes.
type LiftSealInput struct {
	// The seal that is no longer needed.
	SealID string `json:"sealId"`
}

// LiftSealPayload is the answer of liftSeal.
type LiftSealPayload struct {
	clause.Answer
	// The seal as it was lifted.
	Seal *db.AccessSeal `json:"seal"`
}

// SealLifted: a seal is lifted once.
var SealLifted = clause.Declare(clause.Refusal{Code: "SEAL_LIFTED", Clause: "5.12",
	Text:   clause.Text{ZH: "该保密已经解除。", EN: "The seal was already lifted."},
	Remedy: &clause.Remedy{Text: clause.Text{ZH: "如有新的事由，请另行保密。", EN: "For another matter, seal the looks anew."}}})

// SealAccesses keeps the caller's own looks at an account from the customer, from
// now until the seal is lifted, for a matter of 5.12. The looks are recorded as
// ever, and so is the seal, on no account's audit. Sealing again while a seal of
// the caller's is in force gives that one. For compliance operators
// (ACCESS_SEAL), but for who has an interest in the account. Refusals: NOT_FOUND,
// INVALID_INPUT, CONFLICT_OF_INTEREST.
func SealAccesses(ctx context.Context, s *ent.Store, in SealAccessesInput) (*SealAccessesPayload, error) {
	c := command.Command{Name: "sealAccesses", Permission: authz.AccessSeal, Global: true, Input: in}
	return command.Do(ctx, s, c, func(tx *command.Tx) (*SealAccessesPayload, error) {
		var check clause.Check
		reference, reason := strings.TrimSpace(in.Reference), strings.TrimSpace(in.Reason)
		if !text.Printable(reference, maxReference) {
			check.Add(clause.InvalidField("reference", "应为 1 至 100 个可打印的 ASCII 字符", "it has 1 to 100 printable ASCII characters"))
		}
		if reason == "" || utf8.RuneCountInString(reason) > maxReason {
			check.Add(clause.InvalidField("reason", "应为 1 至 2000 个字符", "it has 1 to 2,000 characters"))
		}
		if err := check.Err(); err != nil {
			return nil, err
		}
		exists, err := tx.Account.Query().Where(account.ID(in.AccountID)).Exist(tx)
		if err != nil {
			return nil, err
		}
		if !exists {
			return nil, clause.NotFound.At("accountId")
		}
		if err := command.Impartial(tx.Tx, authz.AccessSeal, in.AccountID); err != nil {
			return nil, err
		}
		key := command.SealKey(in.AccountID, tx.Principal().ID)
		row, err := tx.AccessSeal.Query().Where(accessseal.OpenKey(key)).Only(tx)
		if err == nil {
			return &SealAccessesPayload{Seal: row}, nil
		}
		if !db.IsNotFound(err) {
			return nil, err
		}
		row, err = tx.AccessSeal.Create().SetAccountID(in.AccountID).SetPersonID(tx.Principal().ID).SetGround(in.Ground).
			SetReference(reference).SetReason(reason).SetSealedAt(tx.Now).SetOpenKey(key).Save(tx)
		if ent.IsDuplicate(err) { // a twin was faster
			return nil, ent.ErrStale
		}
		if err != nil {
			return nil, err
		}
		tx.AuditObject("", row.ID)
		tx.AuditDetail("accountId", in.AccountID)
		tx.AuditDetail("ground", string(in.Ground))
		tx.AuditDetail("reference", reference)
		return &SealAccessesPayload{Seal: row}, nil
	})
}

// LiftSeal ends a seal: from now on the customer sees the looks that it kept. For
// compliance operators (ACCESS_SEAL), whoever sealed, but for who has an interest
// in the account. Refusals: NOT_FOUND, SEAL_LIFTED, CONFLICT_OF_INTEREST.
func LiftSeal(ctx context.Context, s *ent.Store, in LiftSealInput) (*LiftSealPayload, error) {
	c := command.Command{Name: "liftSeal", Permission: authz.AccessSeal, Global: true, Input: in}
	return command.Do(ctx, s, c, func(tx *command.Tx) (*LiftSealPayload, error) {
		sealed, err := tx.AccessSeal.Query().Where(accessseal.ID(in.SealID)).Only(tx)
		if db.IsNotFound(err) {
			return nil, clause.NotFound.At("sealId")
		}
		if err != nil {
			return nil, err
		}
		if err := command.Impartial(tx.Tx, authz.AccessSeal, sealed.AccountID); err != nil {
			return nil, err
		}
		n, err := tx.AccessSeal.Update().Where(accessseal.ID(in.SealID), accessseal.LiftedAtIsNil()).
			SetLiftedAt(tx.Now).SetLiftedBy(tx.Principal().ID).ClearOpenKey().Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, SealLifted.At("sealId")
		}
		row, err := tx.AccessSeal.Get(tx, in.SealID)
		if err != nil {
			return nil, err
		}
		tx.AuditObject("", row.ID)
		tx.AuditDetail("accountId", row.AccountID)
		return &LiftSealPayload{Seal: row}, nil
	})
}

// Seals reads the seals of an account, the newest first, at most 100. Asking is
// recorded itself (5.12). For compliance operators (ACCESS_SEAL), but for who has
// an interest in the account: CONFLICT_OF_INTEREST.
func Seals(ctx context.Context, s *ent.Store, accountID string) ([]*db.AccessSeal, error) {
	c := command.Command{Name: "accessSeals", Permission: authz.AccessSeal, Global: true}
	return command.Do(command.WithKey(ctx, ""), s, c, func(tx *command.Tx) ([]*db.AccessSeal, error) {
		if err := command.Impartial(tx.Tx, authz.AccessSeal, accountID); err != nil {
			return nil, err
		}
		rows, err := tx.AccessSeal.Query().Where(accessseal.AccountID(accountID)).
			Order(db.Desc(accessseal.FieldSealedAt, accessseal.FieldID)).Limit(mostSeals).All(tx)
		tx.AuditDetail("accountId", accountID)
		return rows, err
	})
}
