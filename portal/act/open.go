package act

import (
	"context"
	"slices"
	"strings"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
)

// openings are the audit's actions by which an operator opened what is a
// customer's own (6.2), by the type of the object.
var openings = map[string]string{
	"Account": "openAccount", "Verification": "openVerification", "Document": "openDocument",
	"Payer": "openPayer", "TopUp": "openTopUp", "Invoice": "openInvoice",
}

// Openings lists the actions that a customer is shown as access (6.2).
func Openings() []string {
	list := make([]string, 0, len(openings))
	for _, action := range openings {
		list = append(list, action)
	}
	slices.Sort(list)
	return list
}

// IsOpening reports whether an event of the audit is such an access.
func IsOpening(e *db.AuditEvent) bool {
	return e.AccountID != "" && strings.HasPrefix(e.Action, "open") && slices.Contains(Openings(), e.Action)
}

// Opened records that the context's principal opens objects of customers, all
// in one transaction, before it is shown them (6.2). Who reads as one of the
// account's own staff opens nothing, nor does a job; then nothing is written.
func Opened(ctx context.Context, s *ent.Store, objects []db.Node) error {
	p := authz.From(ctx)
	if !p.IsOperator() {
		return nil
	}
	own := p.Accounts()
	foreign := slices.DeleteFunc(slices.Clone(objects), func(n db.Node) bool {
		id := ObjectOf(n).AccountID
		return id == "" || slices.Contains(own, id)
	})
	if len(foreign) == 0 {
		return nil
	}
	return s.Write(ctx, func(tx *ent.Tx) error {
		events := make([]*db.AuditEventCreate, len(foreign))
		for i, n := range foreign {
			id := n.NodeID()
			action, ok := openings[ent.TypeOf(id)]
			if !ok {
				action = openings["Account"]
			}
			events[i] = event(tx, p, action, ObjectOf(n).AccountID, id).SetResult(auditevent.ResultDONE).SetCode("").SetClause("6.2").SetDetails("{}")
		}
		return tx.AuditEvent.CreateBulk(events...).Exec(tx)
	})
}
