package agreement

import (
	"context"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/acceptance"
	"portico/ent/db/terms"
	"portico/portal/kernel/command"
	"portico/portal/kernel/standing"
)

// AcceptCurrent records that the person who registers an account accepts, by a
// click, exactly the version in force of every document. A step of the
// registration, whose principal must reach the account. Any other set of
// versions is TERMS_NOT_CURRENT (0).
func AcceptCurrent(tx *ent.Tx, accountID, personID string, termsIDs []string) error {
	current, err := Current(tx, tx.Terms, tx.Now, termsIDs)
	if err != nil {
		return err
	}
	for _, t := range current {
		if _, err := record(tx, accountID, personID, t, acceptance.HowEXPLICIT); err != nil {
			return err
		}
	}
	return nil
}

// mostGiven is the largest number of ids with which the versions in force are
// accepted; an id may be there more than once.
const mostGiven = 10

// Current returns the version in force of every document at an instant, if the
// ids are exactly these; otherwise it returns TERMS_NOT_CURRENT (0).
func Current(ctx context.Context, c *db.TermsClient, now time.Time, termsIDs []string) ([]*db.Terms, error) {
	current, err := InForce(ctx, c, now)
	if err != nil {
		return nil, err
	}
	refusal := NotCurrent.At("acceptedTermsIds")
	if len(termsIDs) > mostGiven {
		return nil, refusal
	}
	given := map[string]bool{}
	for _, id := range termsIDs {
		given[id] = true
	}
	for _, t := range current {
		if !given[t.ID] {
			return nil, refusal.With("kind", string(t.Kind)).With("currentId", t.ID)
		}
	}
	if len(current) == 0 || len(given) != len(current) {
		return nil, refusal
	}
	return current, nil
}

// AcceptTerms accepts a version for an account by a click (0). For the owner
// (TERMS_ACCEPT). A version can be accepted from its publication on. A version
// that a later one in force has replaced is TERMS_SUPERSEDED; an unpublished
// one is NOT_FOUND. Accepting again returns the first acceptance.
func AcceptTerms(ctx context.Context, s *ent.Store, in AcceptTermsInput) (*AcceptTermsPayload, error) {
	c := command.Command{Name: "acceptTerms", Permission: authz.TermsAccept, Object: in.AccountID, Field: "accountId", Input: in}
	return command.Do(ctx, s, c, func(tx *command.Tx) (*AcceptTermsPayload, error) {
		t, err := tx.Terms.Query().Where(terms.ID(in.TermsID)).Only(tx)
		if db.IsNotFound(err) {
			return nil, clause.NotFound.At("termsId")
		}
		if err != nil {
			return nil, err
		}
		if err := present(tx.Tx, t, in.AccountID); err != nil {
			return nil, err
		}
		a, err := record(tx.Tx, in.AccountID, tx.Principal().ID, t, acceptance.HowEXPLICIT)
		if err != nil {
			return nil, err
		}
		tx.AuditDetail("termsId", t.ID)
		return &AcceptTermsPayload{Acceptance: a}, nil
	})
}

// record stores an acceptance, once for an account and version, with who, when,
// from where and how. It lifts the restriction that asked for it.
func record(tx *ent.Tx, accountID, personID string, t *db.Terms, how acceptance.How) (*db.Acceptance, error) {
	a, err := tx.Acceptance.Query().Where(acceptance.AccountID(accountID), acceptance.TermsID(t.ID)).Only(tx)
	if err == nil || !db.IsNotFound(err) {
		return a, err
	}
	p := tx.Principal()
	a, err = tx.Acceptance.Create().SetAccountID(accountID).SetTermsID(t.ID).SetPersonID(personID).SetHow(how).
		SetAcceptedAt(tx.Now).SetAddress(p.Address).SetAgent(p.Agent).Save(tx)
	if ent.IsDuplicate(err) { // accepted concurrently
		return nil, ent.ErrStale
	}
	if err != nil {
		return nil, err
	}
	if !t.Explicit {
		return a, nil
	}
	return a, standing.Lift(tx, accountID, standing.TermsAcceptanceRequired.Code, t.ID)
}

// InForce returns the version in force of each document at an instant, in
// display order, without titles and bodies. One query.
func InForce(ctx context.Context, c *db.TermsClient, now time.Time) ([]*db.Terms, error) {
	latest, _, err := versions(ctx, c, now)
	return latest, err
}

// versions returns the version in force of each document, and whether it amends
// an earlier one.
func versions(ctx context.Context, c *db.TermsClient, now time.Time) (latest []*db.Terms, amends map[string]bool, err error) {
	q := c.Query().Where(terms.EffectiveAtLTE(now)).Order(db.Desc(terms.FieldEffectiveAt, terms.FieldID))
	q.Select(terms.FieldID, terms.FieldKind, terms.FieldVersion, terms.FieldExplicit, terms.FieldPublishedAt, terms.FieldEffectiveAt)
	rows, err := q.All(ctx)
	if err != nil {
		return nil, nil, err
	}
	latest, amends = inForce(rows)
	return latest, amends, nil
}

// inForce picks the version of each document from versions in force, latest
// first, and whether it amends an earlier one.
func inForce(rows []*db.Terms) (latest []*db.Terms, amends map[string]bool) {
	byKind := map[terms.Kind][]*db.Terms{}
	for _, t := range rows {
		byKind[t.Kind] = append(byKind[t.Kind], t)
	}
	amends = map[string]bool{}
	for _, k := range kinds {
		if all := byKind[terms.Kind(k)]; len(all) > 0 {
			latest = append(latest, all[0])
			amends[all[0].ID] = len(all) > 1
		}
	}
	return latest, amends
}
