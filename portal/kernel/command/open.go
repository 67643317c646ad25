package command

import (
	"context"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/accessseal"
	"portico/ent/db/auditevent"
	"portico/ent/db/predicate"
	"portico/ent/statement"
)

// openings are the audit's actions by which an operator views a customer's own
// data (6.2), by the type of the object.
var openings = map[string]string{
	"Account": "openAccount", "Verification": "openVerification", "Document": "openDocument",
	"Payer": "openPayer", "TopUp": "openTopUp", "Invoice": "openInvoice", "Payment": "openPayment",
}

// Openings returns the actions that a customer is shown as access (6.2).
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

// Opened records, in one transaction, that the context's principal views
// objects of customers, before they are shown (6.2). It records nothing for a
// job or for a person who reads as the account's own staff.
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
		seals, err := sealsOf(tx, foreign)
		if err != nil {
			return err
		}
		events := make([]*db.AuditEvent, len(foreign))
		for i, n := range foreign {
			id := n.NodeID()
			action, ok := openings[ent.TypeOf(id)]
			if !ok {
				action = openings["Account"]
			}
			e := event(tx, p, action, ObjectOf(n).AccountID, id)
			e.Result, e.Clause, e.SealedBy = auditevent.ResultDONE, "6.2", seals[e.AccountID]
			events[i] = e
		}
		return ent.Insert(tx, events...)
	})
}

// sealsOf returns the seals of 5.12 under which the principal views objects of
// accounts, by account.
func sealsOf(tx *ent.Tx, objects []db.Node) (map[string]string, error) {
	keys, accountOf := make([]string, 0, len(objects)), map[string]string{}
	for _, n := range objects {
		id := ObjectOf(n).AccountID
		key := SealKey(id, tx.Principal().ID)
		if accountOf[key] == "" {
			accountOf[key] = id
			keys = append(keys, key)
		}
	}
	rows, err := tx.AccessSeal.Query().Where(accessseal.OpenKeyIn(keys...)).All(tx)
	seals := make(map[string]string, len(rows))
	for _, row := range rows {
		seals[row.AccountID] = row.ID
	}
	return seals, err
}

// SealKey returns the unique key of a seal in force: one for each account and
// operator.
func SealKey(accountID, personID string) string { return accountID + "|" + personID }

// Unsealed returns the condition that an event of the audit may be shown to the
// account: it is not a view under a seal in force (5.12, 6.2). The provider's
// own readers of the audit see every view.
func Unsealed(ctx context.Context) predicate.AuditEvent {
	if authz.From(ctx).Operator.Has(authz.AuditRead) {
		return func(*sql.Selector) {}
	}
	return statement.Unsealed()
}
