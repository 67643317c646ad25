package payment

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/formername"
	"portico/ent/db/holding"
	"portico/ent/db/payer"
	"portico/portal/act"
	"portico/portal/identity"
)

// maxWords is how long a proof or a reason may be, in characters.
const maxWords = 2000

// DesignatePayer names somebody else who pays for the account (3.5); its
// payments count once an operator has accepted the proof. For the owner.
// Refusals: INVALID_INPUT, PayerDesignated.
func DesignatePayer(ctx context.Context, s *ent.Store, in DesignatePayerInput) (*DesignatePayerPayload, error) {
	return act.Do(ctx, s, act.Command{Name: "designatePayer", Permission: authz.PayerDesignate,
		Object: in.AccountID, Field: "accountId", Input: in,
	}, func(tx *ent.Tx) (*DesignatePayerPayload, error) {
		name, err := words("name", in.Name, maxName)
		if err != nil {
			return nil, err
		}
		folded := identity.FoldName(name)
		if folded == "" {
			return nil, tooLong("name", maxName)
		}
		proof, err := words("proof", in.Proof, maxWords)
		if err != nil {
			return nil, err
		}
		// Twins that designate at once make two rows, each to be reviewed; they
		// say the same.
		exists, err := tx.Payer.Query().Where(payer.AccountID(in.AccountID), payer.FoldedName(folded),
			payer.StatusIn(payer.StatusPENDING, payer.StatusAPPROVED)).Exist(tx)
		if err != nil {
			return nil, err
		}
		if exists {
			return nil, PayerDesignated.At("name")
		}
		p, err := tx.Payer.Create().SetAccountID(in.AccountID).SetName(name).SetFoldedName(folded).
			SetStatus(payer.StatusPENDING).SetProof(proof).SetDesignatedBy(tx.Principal().ID).SetDesignatedAt(tx.Now).Save(tx)
		if err != nil {
			return nil, err
		}
		tx.On(in.AccountID, p.ID)
		return &DesignatePayerPayload{Payer: p}, nil
	})
}

// ReviewPayer accepts or rejects the proof of a designated payer (3.5). For the
// provider's finance. Refusals: INVALID_INPUT without a reason to reject,
// PayerDecided.
func ReviewPayer(ctx context.Context, s *ent.Store, in ReviewPayerInput) (*ReviewPayerPayload, error) {
	return act.Do(ctx, s, act.Command{Name: "reviewPayer", Permission: authz.PayerReview,
		Object: in.PayerID, Field: "payerId", Input: in,
	}, func(tx *ent.Tx) (*ReviewPayerPayload, error) {
		update := tx.Payer.Update().Where(payer.ID(in.PayerID), payer.StatusEQ(payer.StatusPENDING)).
			SetStatus(payer.StatusAPPROVED).SetDecidedBy(tx.Principal().ID).SetDecidedAt(tx.Now)
		if in.Decision == Reject {
			given := ""
			if in.Reason != nil {
				given = *in.Reason
			}
			reason, err := words("reason", given, maxWords)
			if err != nil {
				return nil, err
			}
			update.SetStatus(payer.StatusREJECTED).SetReason(reason)
		}
		n, err := update.Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 { // it exists: its permission was decided on it
			return nil, PayerDecided.At("payerId")
		}
		tx.Detail("decision", in.Decision)
		p, err := tx.Payer.Get(tx, in.PayerID)
		return &ReviewPayerPayload{Payer: p}, err
	})
}

// words is a text that must be there, in at most so many characters.
func words(field, text string, most int) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || !utf8.ValidString(text) || utf8.RuneCountInString(text) > most {
		return "", tooLong(field, most)
	}
	return text, nil
}

func tooLong(field string, most int) error {
	n := clause.Text{ZH: "须填写,最多 {most} 个字符", EN: "is needed, with at most {most} characters"}
	return clause.Invalid.At(field).With("detail", n).With("most", most)
}

// compare tells whether a payer's money is the account's (3.5): whether the
// account has a legal entity to compare with yet, and whether the payer is that
// or somebody whom the owner had designated, with proof accepted, before the
// money came.
func compare(tx *ent.Tx, accountID, payerName string, begun, received time.Time) (compared, belongs bool, err error) {
	h, err := tx.Holding.Query().Where(holding.OpenKey(accountID)).Only(tx)
	if db.IsNotFound(err) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	folded := identity.FoldName(payerName)
	if folded == "" {
		return true, false, nil
	}
	entity, err := tx.LegalEntity.Get(tx, h.LegalEntityID)
	if err != nil {
		return false, false, err
	}
	if identity.FoldName(entity.Name) == folded {
		return true, true, nil
	}
	if former, err := formerly(tx, entity, folded, begun); err != nil || former {
		return true, former, err
	}
	belongs, err = tx.Payer.Query().Where(payer.AccountID(accountID), payer.FoldedName(folded),
		payer.StatusEQ(payer.StatusAPPROVED), payer.DecidedAtLTE(received)).Exist(tx)
	return true, belongs, err
}

// formerly reports whether a legal entity had a name when a top-up was begun:
// what was begun under a name still matches it after a rename (1.1).
func formerly(tx *ent.Tx, entity *db.LegalEntity, folded string, begun time.Time) (bool, error) {
	rows, err := tx.FormerName.Query().Where(formername.LegalEntityID(entity.ID), formername.UntilAtGT(begun)).All(tx)
	return slices.ContainsFunc(rows, func(f *db.FormerName) bool { return identity.FoldName(f.Name) == folded }), err
}
