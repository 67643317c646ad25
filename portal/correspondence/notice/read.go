package notice

import (
	"context"
	"fmt"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	dbnotice "portico/ent/db/notice"
	"portico/ent/db/noticemark"
	"portico/ent/statement"
	"portico/portal/kernel/command"
)

// mostMarked is how many notices one call marks.
const mostMarked = 100

// MarkNoticesRead records that the caller has read notices for an account
// (9.7): one receipt per person and account. What was already read keeps its
// time. For principals with notice:read on the account. Refusals:
// INVALID_INPUT; NOT_FOUND for a notice that isn't for the account.
func MarkNoticesRead(ctx context.Context, s *ent.Store, in MarkNoticesReadInput) (*MarkNoticesReadPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "markNoticesRead", Permission: authz.NoticeRead,
		Object: in.AccountID, Field: "accountId", Input: in}, func(tx *command.Tx) (*MarkNoticesReadPayload, error) {
		if tx.Principal().Kind == authz.APIKey { // a program doesn't read for people: what was read counts as shown (0)
			return nil, authz.APIKeyForbidden
		}
		if len(in.NoticeIDs) == 0 || len(in.NoticeIDs) > mostMarked {
			return nil, clause.InvalidField("noticeIds", "须为 1 至 100 个", "must name 1 to 100 notices")
		}
		if i := repeated(in.NoticeIDs); i >= 0 {
			return nil, clause.InvalidField(fmt.Sprintf("noticeIds.%d", i), "重复", "appears twice")
		}
		found, err := mine(tx.Tx, in)
		if err != nil {
			return nil, err
		}
		person := tx.Principal().ID
		var fresh []*db.NoticeReceiptCreate
		for _, e := range found {
			if e.ReadAt == nil {
				at := tx.Now
				e.ReadAt = &at
				fresh = append(fresh, tx.NoticeReceipt.Create().SetAccountID(in.AccountID).SetNoticeID(e.Node.ID).SetPersonID(person).SetReadAt(at))
			}
		}
		if len(fresh) > 0 {
			if err := tx.NoticeReceipt.CreateBulk(fresh...).Exec(tx); ent.IsDuplicate(err) { // marked by a concurrent request
				return nil, ent.ErrStale
			} else if err != nil {
				return nil, err
			}
			if err := moveMark(tx.Tx, tx.Found().(*db.Account), person); err != nil {
				return nil, err
			}
		}
		return &MarkNoticesReadPayload{Account: tx.Found().(*db.Account), Notices: found}, nil
	})
}

// moveMark moves the person's mark on the account below the oldest unread
// notice, or up to the last notice. Notices are committed in the order of their
// sequence, so none appears below a mark.
func moveMark(tx *ent.Tx, a *db.Account, person string) error {
	last, err := tx.Notice.Query().Order(db.Desc(dbnotice.FieldSequence)).First(tx)
	if err != nil {
		return err
	}
	through := last.Sequence
	unread, err := statement.NoticesFor(tx, tx.Client(), statement.NoticeQuery{Readers: readers([]*db.Account{a}, true), PersonID: person,
		UnreadOnly: true, Oldest: true, Limit: 1})
	if err != nil {
		return err
	}
	if len(unread) > 0 {
		through = unread[0].Sequence - 1
	}
	moved, err := tx.NoticeMark.Update().Where(noticemark.AccountID(a.ID), noticemark.PersonID(person), noticemark.ThroughLT(through)).SetThrough(through).Save(tx)
	if err != nil || moved > 0 {
		return err
	}
	there, err := tx.NoticeMark.Query().Where(noticemark.AccountID(a.ID), noticemark.PersonID(person)).Exist(tx)
	if err != nil || there {
		return err
	}
	err = tx.NoticeMark.Create().SetAccountID(a.ID).SetPersonID(person).SetThrough(through).Exec(tx)
	if ent.IsDuplicate(err) { // created by a concurrent request
		return ent.ErrStale
	}
	return err
}

// mine returns the requested notices in their order, as the person has read
// them in this transaction; one that isn't for the account is NOT_FOUND.
func mine(tx *ent.Tx, in MarkNoticesReadInput) ([]*AccountNoticeEdge, error) {
	lists, err := edges(tx, tx.Store(), tx.Client(), statement.NoticeQuery{Readers: []statement.NoticeReader{{AccountID: in.AccountID}},
		PersonID: tx.Principal().ID, IDs: in.NoticeIDs})
	if err != nil {
		return nil, err
	}
	byID := map[string]*AccountNoticeEdge{}
	for _, e := range lists[in.AccountID] {
		byID[e.Node.ID] = e
	}
	found := make([]*AccountNoticeEdge, len(in.NoticeIDs))
	for i, id := range in.NoticeIDs {
		if found[i] = byID[id]; found[i] == nil {
			return nil, clause.NotFound.At(fmt.Sprintf("noticeIds.%d", i))
		}
	}
	return found, nil
}
