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
	"portico/ent/db/predicate"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
	"portico/text"
)

// maxWords is the maximum length of a proof or a reason in characters.
const maxWords = 2000

// DesignatePayer designates somebody else who pays for the account (3.5), by
// the name that a channel signs, or by the channel's own id of the payer. Its
// payments count at once, including those that wait; an operator reviews it
// afterwards. A payer that was rejected before counts only after it is
// accepted. For the owner. Refusals: INVALID_INPUT, PayerDesignated.
func DesignatePayer(ctx context.Context, s *ent.Store, in DesignatePayerInput) (*DesignatePayerPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "designatePayer", Permission: authz.PayerDesignate,
		Object: in.AccountID, Field: "accountId", Input: in,
	}, func(tx *command.Tx) (*DesignatePayerPayload, error) {
		var check clause.Check
		name, err := naming.Registered("name", in.Name)
		check.Add(err)
		folded := text.Fold(name)
		proof, err := words("proof", in.Proof, maxWords)
		check.Add(err)
		if err := check.Err(); err != nil {
			return nil, err
		}
		id, err := channelPayer(in)
		if err != nil {
			return nil, err
		}
		index := id.index(tx.Store())
		rejected, err := tx.Payer.Query().Where(payer.AccountID(in.AccountID), payer.StatusEQ(payer.StatusREJECTED), same(folded, index)).Exist(tx)
		if err != nil {
			return nil, err
		}
		create := tx.Payer.Create().SetAccountID(in.AccountID).SetName(name).SetFoldedName(folded).SetStatus(payer.StatusPENDING).
			SetProof(proof).SetAtOnce(!rejected).SetDesignatedBy(tx.Principal().ID).SetDesignatedAt(tx.Now)
		p, err := keep(tx.Tx, create, in.AccountID, folded, id)
		if err != nil {
			return nil, err
		}
		if p == nil {
			return nil, PayerDesignated.At("name")
		}
		tx.AuditObject(in.AccountID, p.ID)
		tx.AuditDetail("countsAtOnce", p.AtOnce)
		if p.AtOnce {
			err = creditWaiting(tx, in.AccountID)
		}
		return &DesignatePayerPayload{Payer: p}, err
	})
}

// keep creates a payer; nil if the account has it already.
func keep(tx *ent.Tx, create *db.PayerCreate, accountID, folded string, id payerID) (*db.Payer, error) {
	index := id.index(tx.Store())
	key := ent.Hash(accountID + "|" + index + "|" + folded)
	if index != "" { // an id is one payer, regardless of the name
		key = ent.Hash(accountID + "|" + index)
	}
	exists, err := tx.Payer.Query().Where(payer.OpenKey(key)).Exist(tx)
	if err != nil || exists {
		return nil, err
	}
	create.SetOpenKey(key)
	if index != "" {
		sealed, err := tx.Store().Seal(payerColumn, id.id)
		if err != nil {
			return nil, err
		}
		create.SetChannel(id.channel).SetChannelPayer(sealed).SetChannelPayerIndex(index)
	}
	p, err := create.Save(tx)
	if ent.IsDuplicate(err) { // a concurrent duplicate came first
		return nil, ent.ErrStale
	}
	return p, err
}

// ReviewPayer accepts or rejects a designated payer afterwards (3.5). After a
// rejection its payments wait again; what was credited stays. For the
// provider's finance staff who have no interest in the account. Refusals:
// INVALID_INPUT for a rejection without a reason, PayerDecided.
func ReviewPayer(ctx context.Context, s *ent.Store, in ReviewPayerInput) (*ReviewPayerPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "reviewPayer", Permission: authz.PayerReview,
		Object: in.PayerID, Field: "payerId", Input: in,
	}, func(tx *command.Tx) (*ReviewPayerPayload, error) {
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
			update.SetStatus(payer.StatusREJECTED).SetReason(reason).ClearOpenKey()
		}
		n, err := update.Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 { // it exists, because its permission was checked
			return nil, PayerDecided.At("payerId")
		}
		tx.AuditDetail("decision", in.Decision)
		p, err := tx.Payer.Get(tx, in.PayerID)
		if err == nil && in.Decision == Approve {
			err = creditWaiting(tx, p.AccountID)
		}
		return &ReviewPayerPayload{Payer: p}, err
	})
}

// words returns a required text of limited length.
func words(field, given string, most int) (string, error) {
	given = strings.TrimSpace(given)
	if given == "" || !utf8.ValidString(given) || utf8.RuneCountInString(given) > most {
		return "", tooLong(field, most)
	}
	return given, nil
}

func tooLong(field string, most int) error {
	n := clause.Text{ZH: "须填写，最多 {most} 个字符", EN: "is required, with at most {most} characters"}
	return clause.Invalid.At(field).With("detail", n).With("most", most)
}

// payerID is a channel's own id of a payer; the zero value is none.
type payerID struct{ channel, id string }

// payerColumn is the purpose for which ids are sealed.
const payerColumn = "payment.channel_payer"

// index returns the keyed blind index of the id; empty if there is no id.
func (p payerID) index(s *ent.Store) string {
	if p.id == "" {
		return ""
	}
	return s.Index(payerColumn, p.channel+"|"+p.id)
}

// channelPayer returns the id by which a payer is designated: channel and id
// must both be given, or neither.
func channelPayer(in DesignatePayerInput) (payerID, error) {
	id := ""
	if in.ChannelPayerID != nil {
		id = strings.TrimSpace(*in.ChannelPayerID)
	}
	if in.Channel == nil && in.ChannelPayerID == nil {
		return payerID{}, nil
	}
	if in.Channel == nil {
		return payerID{}, clause.InvalidField("channel", "填写付款人编号时须同时填写其所属渠道", "is required with the channel's id of the payer")
	}
	if !plain(id) {
		return payerID{}, clause.InvalidField("channelPayerId", "应为 1 至 128 个可见的 ASCII 字符", "must be 1 to 128 visible ASCII characters")
	}
	return payerID{string(*in.Channel), id}, nil
}

// ChannelPayerID opens a channel's own id of a payer; nil if there is none.
func ChannelPayerID(s *ent.Store, sealed *[]byte) (*string, error) {
	if sealed == nil || len(*sealed) == 0 {
		return nil, nil
	}
	id, err := s.Unseal(payerColumn, *sealed)
	return &id, err
}

// Counts reports whether a payer's payments count now.
func Counts(p *db.Payer) bool {
	return p.Status == payer.StatusAPPROVED || p.Status == payer.StatusPENDING && p.AtOnce
}

// counting is the condition of [Counts] for queries.
func counting() predicate.Payer {
	return payer.Or(payer.StatusEQ(payer.StatusAPPROVED), payer.And(payer.StatusEQ(payer.StatusPENDING), payer.AtOnce(true)))
}

// same is the condition for payers with a name or an id.
func same(folded, index string) predicate.Payer {
	byName := payer.And(payer.FoldedName(folded), payer.ChannelPayerIndexIsNil())
	switch {
	case index == "":
		return byName
	case folded == "":
		return payer.ChannelPayerIndex(index)
	}
	return payer.Or(byName, payer.ChannelPayerIndex(index))
}

// compare reports whether the account has a legal entity to compare with, and
// whether a payer's money belongs to the account (3.5): the payer is the
// entity, is designated by the owner, or has an id that was accepted before.
func compare(tx *ent.Tx, accountID, payerName, index string, begun time.Time) (compared, belongs bool, err error) {
	h, err := tx.Holding.Query().Where(holding.OpenKey(accountID)).Only(tx)
	if db.IsNotFound(err) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	folded := text.Fold(payerName)
	if folded == "" && index == "" {
		return true, false, nil
	}
	entity, err := tx.LegalEntity.Get(tx, h.LegalEntityID)
	if err != nil {
		return false, false, err
	}
	if folded != "" && text.Fold(entity.Name) == folded {
		return true, true, nil
	}
	if former, err := formerly(tx, entity, folded, begun); err != nil || former {
		return true, former, err
	}
	belongs, err = tx.Payer.Query().Where(payer.AccountID(accountID), same(folded, index), counting()).Exist(tx)
	return true, belongs, err
}

// accepted records that a payer's id was accepted for an account, so that its
// next payment counts at once (3.5). A name isn't recorded, because anybody may
// have it.
func accepted(tx *ent.Tx, p *db.Payment, proof string) error {
	if indexOf(p) == "" {
		return nil
	}
	id, err := tx.Store().Unseal(payerColumn, *p.ChannelPayer)
	if err != nil {
		return err
	}
	by := tx.Principal().ID
	_, err = keep(tx, tx.Payer.Create().SetAccountID(p.AccountID).SetName(p.PayerName).SetFoldedName(text.Fold(p.PayerName)).
		SetStatus(payer.StatusAPPROVED).SetProof(proof).SetAtOnce(false).SetDesignatedBy(by).SetDesignatedAt(tx.Now).
		SetDecidedBy(by).SetDecidedAt(tx.Now), p.AccountID, "", payerID{p.Channel, id})
	return err
}

// formerly reports whether a legal entity had a name when a top-up was started.
// A top-up that was started under a name matches it after a rename (1.1).
func formerly(tx *ent.Tx, entity *db.LegalEntity, folded string, begun time.Time) (bool, error) {
	rows, err := tx.FormerName.Query().Where(formername.LegalEntityID(entity.ID), formername.UntilAtGT(begun)).All(tx)
	return folded != "" && slices.ContainsFunc(rows, func(f *db.FormerName) bool { return text.Fold(f.Name) == folded }), err
}
