package account

import (
	"context"
	"strings"
	"unicode/utf8"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/legalentity"
	"portico/ent/db/verification"
	"portico/portal/kernel/command"
	"portico/portal/kernel/standing"
	"portico/text"
)

const maxReason = 2000

// ReviewVerification approves or rejects a verification (5.2). For operators
// with VERIFICATION_REVIEW. A rejection needs a reason (REASON_REQUIRED) and
// lets the customer submit again. An approval fixes the legal entity of the
// account permanently (1.3), the same one for every account of the same country
// and number (LEGAL_ENTITY_CONFLICT if its name or kind differs), makes the
// account active, and lets it spend. A decision is final
// (VERIFICATION_DECIDED), also between two operators. The approval of a rename
// gives the same entity its new name (1.1). Each decision is sent to the
// account.
func ReviewVerification(ctx context.Context, s *ent.Store, in ReviewVerificationInput) (*ReviewVerificationPayload, error) {
	c := command.Command{Name: "reviewVerification", Permission: authz.VerificationReview, Object: in.VerificationID, Field: "verificationId", Input: in}
	return command.Do(ctx, s, c, func(tx *command.Tx) (*ReviewVerificationPayload, error) {
		v, err := tx.Verification.Get(tx, in.VerificationID)
		if err != nil {
			return nil, err
		}
		if in.Decision == Approve {
			err = approve(tx, v)
		} else {
			err = reject(tx.Tx, v, in.Reason)
		}
		if err != nil {
			return nil, err
		}
		tx.AuditDetail("decision", in.Decision)
		if v, err = tx.Verification.Get(tx, v.ID); err != nil {
			return nil, err
		}
		if err := announce(tx.Tx, v); err != nil {
			return nil, err
		}
		return &ReviewVerificationPayload{Verification: v}, nil
	})
}

func reject(tx *ent.Tx, v *db.Verification, reason *string) error {
	text := ""
	if reason != nil {
		text = strings.TrimSpace(*reason)
	}
	if text == "" || utf8.RuneCountInString(text) > maxReason {
		return ReasonRequired.At("reason")
	}
	return decide(tx, v, tx.Verification.Update().SetStatus(verification.StatusREJECTED).SetReason(text))
}

func approve(tx *command.Tx, v *db.Verification) error {
	if err := decide(tx.Tx, v, tx.Verification.Update().SetStatus(verification.StatusAPPROVED)); err != nil {
		return err
	}
	if v.Purpose == verification.PurposeRENAME {
		return rename(tx, v)
	}
	entity, err := entityOf(tx.Tx, v)
	if err != nil {
		return err
	}
	err = tx.Holding.Create().SetAccountID(v.AccountID).SetLegalEntityID(entity.ID).SetFromAt(tx.Now).SetOpenKey(v.AccountID).Exec(tx)
	if ent.IsDuplicate(err) {
		return LegalEntityFixed.At("verificationId")
	}
	if err != nil {
		return err
	}
	tx.AuditDetail("legalEntityId", entity.ID)
	if err := tx.Account.Update().Where(account.ID(v.AccountID), account.StatusEQ(account.StatusPENDING)).
		SetStatus(account.StatusACTIVE).Exec(tx); err != nil {
		return err
	}
	return standing.Lift(tx.Tx, v.AccountID, standing.VerificationRequired.Code, v.AccountID)
}

// decide decides a pending verification by a conditional update: of two
// operators one succeeds.
func decide(tx *ent.Tx, v *db.Verification, how *db.VerificationUpdate) error {
	n, err := how.Where(verification.ID(v.ID), verification.StatusEQ(verification.StatusPENDING)).
		SetDecidedBy(tx.Principal().ID).SetDecidedAt(tx.Now).ClearPendingKey().Save(tx)
	if err != nil {
		return err
	}
	if n == 0 {
		now, err := tx.Verification.Get(tx, v.ID)
		if err != nil {
			return err
		}
		return VerificationDecided.At("verificationId").With("status", now.Status)
	}
	return nil
}

// entityOf returns the legal entity of a verification, and creates it if
// needed: one for a country and number (1.3).
func entityOf(tx *ent.Tx, v *db.Verification) (*db.LegalEntity, error) {
	found, err := tx.LegalEntity.Query().Where(legalentity.NumberIndex(v.NumberIndex)).Only(tx)
	if err == nil {
		if string(found.Kind) != string(v.Kind) || text.Fold(found.Name) != text.Fold(v.LegalName) {
			return nil, LegalEntityConflict.At("verificationId").WithFor(authz.VerificationRead, "name", found.Name).With("verificationId", v.ID)
		}
		return found, nil
	}
	if !db.IsNotFound(err) {
		return nil, err
	}
	text, err := tx.Store().Unseal(numberColumn, v.RegistrationNumber)
	if err != nil {
		return nil, err
	}
	sealed, err := tx.Store().Seal(entityNumberColumn, text)
	if err != nil {
		return nil, err
	}
	created, err := tx.LegalEntity.Create().SetKind(legalentity.Kind(v.Kind)).SetName(v.LegalName).SetCountry(v.Country).
		SetRegistrationNumber(sealed).SetNumberIndex(v.NumberIndex).SetCreatedAt(tx.Now).Save(tx)
	if ent.IsDuplicate(err) { // another account of the same entity was faster
		return nil, ent.ErrStale
	}
	return created, err
}

// Number returns the registration number of a verification in plain text. For
// principals who may read the verification.
func Number(s *ent.Store, v *db.Verification) (string, error) {
	return s.Unseal(numberColumn, v.RegistrationNumber)
}

// EntityNumber returns the registration number of a legal entity in plain text.
// For principals who may read the verification of an account that it holds.
func EntityNumber(s *ent.Store, e *db.LegalEntity) (string, error) {
	return s.Unseal(entityNumberColumn, e.RegistrationNumber)
}
