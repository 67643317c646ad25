package account_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/holding"
	"portico/portal/access/staff"
	"portico/portal/customer/agreement"
	"portico/portaltest"
)

// TestHoldingsAreAppendOnly executes random submissions and reviews of several
// accounts, and checks after each step what 1.3 promises.
func TestHoldingsAreAppendOnly(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		owner, op := w.Owner("Acme"), w.Operator("support")
		for seed := range uint64(6) {
			r := rand.New(rand.NewPCG(seed, 13))
			h := history{T: t, w: w, op: op, owner: owner, waiting: map[string]string{}, holdings: map[string]db.Holding{}}
			for range 3 {
				h.accounts = append(h.accounts, another(w, owner))
			}
			for step := range 30 {
				h.at = fmt.Sprintf("seed %d, step %d", seed, step)
				id := h.accounts[r.IntN(len(h.accounts))]
				if r.IntN(2) == 0 {
					h.submit(id, portaltest.CreditCode(8000+10*int(seed)+r.IntN(3)), []string{"甲公司", "乙公司"}[r.IntN(2)])
				} else {
					h.review(id, []string{"APPROVE", "REJECT"}[r.IntN(2)])
				}
				h.check()
			}
		}
	})
}

// another opens one more account of an owner.
func another(w *portaltest.World, owner *portaltest.Actor) string {
	w.T.Helper()
	id, terms := ent.NewID("acct"), w.TermsIDs()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		err := tx.Account.Create().SetID(id).SetNumber(id).SetName("Another").SetStatus(account.StatusPENDING).
			SetSubjectKind(account.SubjectKindLEGAL_PERSON).SetCurrency("CNY").SetCreatedAt(tx.Now).Exec(tx)
		if err != nil {
			return err
		}
		if _, err := staff.Found(tx, id, owner.PersonID); err != nil {
			return err
		}
		return agreement.AcceptCurrent(tx, id, owner.PersonID, terms)
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return id
}

// history is what was done so far, and the holdings that were read.
type history struct {
	*testing.T
	w         *portaltest.World
	owner, op *portaltest.Actor
	accounts  []string
	at        string            // the step, for messages
	waiting   map[string]string // the last verification by account, waiting or decided
	holdings  map[string]db.Holding
}

func (h *history) submit(id, number, name string) {
	h.Helper()
	r := h.w.Send(h.owner, submitOne, company(h.owner, number, map[string]any{"accountId": id, "legalName": name}))
	if list := r.Refusals(h.w.T); len(list) > 0 {
		if c := list[0].Code; c != "VERIFICATION_PENDING" && c != "LEGAL_ENTITY_FIXED" && c != "NAME_UNCHANGED" {
			h.Fatalf("%s: %s", h.at, r.Raw)
		}
		return
	}
	h.waiting[id] = portaltest.String(r.Data, "submitVerification", "verification", "id")
}

func (h *history) review(id, what string) {
	h.Helper()
	if id := h.waiting[id]; id != "" {
		h.w.Send(h.op, reviewOne, decision(id, what, "drawn"))
	}
}

// check checks that every holding that was read before is unchanged, that an
// account has at most one open holding, and that it is active exactly if it has
// one.
func (h *history) check() {
	h.Helper()
	for _, id := range h.accounts {
		rows, err := h.w.Portal.Store.Read().Holding.Query().Where(holding.AccountID(id)).All(h.w.System())
		if err != nil {
			h.Fatal(h.at, err)
		}
		open := 0
		for _, row := range rows {
			if row.OpenKey != nil {
				open++
			}
			old, was := h.holdings[row.ID]
			if was && (old.LegalEntityID != row.LegalEntityID || old.AccountID != row.AccountID || !old.FromAt.Equal(row.FromAt) || row.UntilAt != nil) {
				h.Fatalf("%s: a holding changed from %+v to %+v", h.at, old, row)
			}
			h.holdings[row.ID] = *row
		}
		kept := 0
		for _, old := range h.holdings {
			if old.AccountID == id {
				kept++
			}
		}
		row, err := h.w.Portal.Store.Read().Account.Get(h.w.System(), id)
		if err != nil || open > 1 || kept != len(rows) || (row.Status == account.StatusACTIVE) != (open == 1) {
			h.Fatalf("%s: %d open, %d of %d kept, %s, %v", h.at, open, len(rows), kept, row.Status, err)
		}
	}
}
