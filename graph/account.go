package graph

import (
	"context"
	"slices"

	"portico/authz"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/db/holding"
	"portico/ent/db/restriction"
	"portico/ent/db/verification"
	"portico/ent/statement"
	"portico/graph/batch"
	"portico/graph/model"
	"portico/graph/page"
	"portico/portal/access/audit"
	"portico/portal/kernel/command"
	"portico/portal/kernel/standing"
)

// verifications is the list of all requests for verification, oldest first.
var verifications = page.List[db.Verification]{Name: "verifications", Column: verification.FieldSubmittedAt,
	Key: func(v *db.Verification) (any, string) { return v.SubmittedAt, v.ID }}

// accesses is the list of records that operators opened an account's own data
// (6.2), newest first, without those that a seal hides from the reader (5.12).
func accesses(ctx context.Context) page.AccountList[*db.AuditEventQuery, db.AuditEvent] {
	return page.AccountList[*db.AuditEventQuery, db.AuditEvent]{
		List:    page.List[db.AuditEvent]{Name: "accesses", Column: auditevent.FieldAt, Descending: true, Key: auditKey},
		Table:   statement.Accesses(command.Openings(), !audit.Oversees(ctx)),
		Account: func(e *db.AuditEvent) string { return e.AccountID },
		Query: func(c *db.Client) *db.AuditEventQuery {
			return c.AuditEvent.Query().Where(auditevent.ActionIn(command.Openings()...), command.Unsealed(ctx))
		},
	}
}

// standing returns the restrictions of an account that are in force now. A
// restriction of everyone is shown as one of the account, so that its remedy names
// the account.
func (r *Resolver) standing(ctx context.Context, obj *db.Account) (*model.Standing, error) {
	due, err := batch.Load(ctx, obj, "standing", func(parents []*db.Account) (map[string][]*db.Restriction, error) {
		return standing.DueEach(ctx, r.read().Restriction, batch.IDs(parents), r.store().Now())
	})
	if err != nil {
		return nil, err
	}
	shown, err := r.restrictsScope(ctx, obj.ID, due[obj.ID])
	if err != nil {
		return nil, err
	}
	s := &model.Standing{Restrictions: make([]*db.Restriction, len(shown))}
	for i, row := range shown {
		own := *row
		own.AccountID = obj.ID
		s.Restrictions[i] = &own
	}
	return s, nil
}

// restrictsScope leaves out the restrictions of other applications, for a reader
// who may read only some applications of the account.
func (r *Resolver) restrictsScope(ctx context.Context, accountID string, due []*db.Restriction) ([]*db.Restriction, error) {
	whole, applications := authz.From(ctx).Scope(authz.StandingRead, accountID, r.store().Now())
	if whole {
		return due, nil
	}
	var targets []string
	for _, row := range due {
		if row.Scope == restriction.ScopeSERVICE {
			targets = append(targets, row.TargetID)
		}
	}
	services, err := r.nodes(ctx, targets)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(due), func(row *db.Restriction) bool {
		of := row.TargetID
		switch row.Scope {
		case restriction.ScopeAPPLICATION:
		case restriction.ScopeSERVICE:
			of = ""
			if s, ok := services[row.TargetID].(*db.Service); ok {
				of = s.ApplicationID
			}
		default:
			return false
		}
		return !slices.Contains(applications, of)
	}), nil
}

// holder returns the legal entity that holds an account now; nil before the
// account is verified.
func (r *Resolver) holder(ctx context.Context, obj *db.Account) (*db.LegalEntity, error) {
	found, err := batch.Load(ctx, obj, "legalEntity", func(parents []*db.Account) (map[string]*db.LegalEntity, error) {
		rows, err := r.read().Holding.Query().Where(holding.OpenKeyIn(batch.IDs(parents)...)).All(ctx)
		if err != nil {
			return nil, err
		}
		return joined[*db.LegalEntity](ctx, r, rows, func(h *db.Holding) (string, string) { return h.AccountID, h.LegalEntityID })
	})
	return found[obj.ID], err
}

// latestVerification returns the newest request for verification of an account.
func (r *Resolver) latestVerification(ctx context.Context, obj *db.Account) (*db.Verification, error) {
	found, err := batch.Load(ctx, obj, "verification", func(parents []*db.Account) (map[string]*db.Verification, error) {
		latest, err := statement.Lists{Store: r.store()}.FirstOfEach(ctx, verification.Table, verification.FieldSubmittedAt, true, batch.IDs(parents), 1)
		if err != nil || len(latest) == 0 {
			return nil, err
		}
		rows, err := r.read().Verification.Query().Where(verification.IDIn(latest...)).All(ctx)
		m := make(map[string]*db.Verification, len(rows))
		for _, v := range batch.Together(ctx, rows) {
			m[v.AccountID] = v
		}
		return m, err
	})
	return found[obj.ID], err
}
