// Package standing holds the restrictions of accounts. The unit that knows a cause
// restricts and lifts in its own transaction; a request reads what is in force.
package standing

import (
	"context"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/predicate"
	"portico/ent/db/restriction"
	"portico/ent/db/verification"
)

// Cause describes what to restrict, and why.
type Cause struct {
	// Scope is how far the restriction reaches: ALL, ACCOUNT, APPLICATION,
	// SERVICE, CLASS.
	Scope restriction.Scope
	// AccountID is the restricted account; empty with scope ALL.
	AccountID string
	// TargetID is the application, the service, or the charging class.
	TargetID string
	// Code is a restriction of policy.csv.
	Code string
	// Clause is the clause that the restriction rests on.
	Clause clause.Ref
	// ID is the object that caused it: a verification, a terms version, a bill, a
	// case.
	ID string
	// Since is the instant from which it holds; it may lie ahead. Zero is now.
	Since time.Time
	// Reason is the operator's reason, if there is one.
	Reason string
}

func (c Cause) key() string {
	return strings.Join([]string{c.AccountID, c.Code, c.TargetID, c.ID}, "|")
}

// Restrict puts a restriction in force from its Since on. Restricting again by
// the same cause changes nothing. For units only; the clause is the cause's.
func Restrict(tx *ent.Tx, c Cause) error {
	n, err := tx.Restriction.Query().Where(restriction.OpenKey(c.key())).Count(tx)
	if err != nil || n > 0 {
		return err
	}
	if c.Since.IsZero() {
		c.Since = tx.Now
	}
	create := tx.Restriction.Create().SetScope(c.Scope).SetAccountID(c.AccountID).SetTargetID(c.TargetID).
		SetCode(c.Code).SetClause(string(c.Clause)).SetCauseID(c.ID).SetSince(c.Since).SetOpenKey(c.key())
	if c.Reason != "" {
		create.SetReason(c.Reason)
	}
	err = create.Exec(tx)
	if ent.IsDuplicate(err) { // a concurrent transaction was faster
		return ent.ErrStale
	}
	return err
}

// Lift ends, from now on, every restriction of an account by a code and a
// cause; one that lies ahead never takes effect. A restriction of all accounts
// is lifted for this account only. Lifting what isn't restricted changes
// nothing.
func Lift(tx *ent.Tx, accountID, code, causeID string) error {
	err := tx.Restriction.Update().
		Where(restriction.AccountID(accountID), restriction.Code(code), restriction.CauseID(causeID),
			restriction.LiftsIDIsNil(), restriction.UntilAtIsNil()).
		SetUntilAt(tx.Now).ClearOpenKey().Exec(tx)
	if err != nil {
		return err
	}
	everyone, err := tx.Restriction.Query().
		Where(restriction.ScopeEQ(restriction.ScopeALL), restriction.Code(code), restriction.CauseID(causeID),
			restriction.Or(restriction.UntilAtIsNil(), restriction.UntilAtGT(tx.Now))).All(tx)
	if err != nil {
		return err
	}
	for _, r := range everyone {
		key := LiftKey(accountID, r.ID)
		n, err := tx.Restriction.Query().Where(restriction.OpenKey(key)).Count(tx)
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		err = tx.Restriction.Create().SetScope(restriction.ScopeACCOUNT).SetAccountID(accountID).SetTargetID("").
			SetCode(code).SetClause(r.Clause).SetCauseID(causeID).SetSince(tx.Now).SetNillableUntilAt(r.UntilAt).
			SetLiftsID(r.ID).SetOpenKey(key).Exec(tx)
		if ent.IsDuplicate(err) {
			return ent.ErrStale
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// End ends the restriction of an account by a code and a cause at an instant
// that may lie ahead, when another cause takes its place; with an empty
// account, the restriction of all accounts. Lifts for single accounts end with
// it. Ending what isn't restricted changes nothing.
func End(tx *ent.Tx, accountID, code, causeID string, at time.Time) error {
	which := []predicate.Restriction{restriction.Code(code), restriction.CauseID(causeID), restriction.UntilAtIsNil()}
	if accountID == "" {
		if err := tx.Restriction.Update().Where(append(which, restriction.LiftsIDNotNil())...).SetUntilAt(at).Exec(tx); err != nil {
			return err
		}
	}
	return tx.Restriction.Update().Where(append(which, restriction.AccountID(accountID), restriction.LiftsIDIsNil())...).
		SetUntilAt(at).ClearOpenKey().Exec(tx)
}

// Due returns what restricts an account at an instant, oldest first: its own
// restrictions, and those of all accounts that weren't lifted for it. One
// query.
func Due(ctx context.Context, c *db.RestrictionClient, accountID string, now time.Time) ([]*db.Restriction, error) {
	rows, err := c.Query().
		Where(restriction.AccountIDIn("", accountID), restriction.SinceLTE(now),
			restriction.Or(restriction.UntilAtIsNil(), restriction.UntilAtGT(now))).
		Order(db.Asc(restriction.FieldSince, restriction.FieldID)).All(ctx)
	if err != nil {
		return nil, err
	}
	lifted := map[string]bool{}
	for _, r := range rows {
		if r.LiftsID != nil {
			lifted[*r.LiftsID] = true
		}
	}
	due := rows[:0]
	for _, r := range rows {
		if r.LiftsID == nil && !lifted[r.ID] {
			due = append(due, r)
		}
	}
	return due, nil
}

// Covers reports whether a restriction reaches an object.
func Covers(r *db.Restriction, o authz.Object) bool {
	switch r.Scope {
	case restriction.ScopeALL, restriction.ScopeACCOUNT:
		return true
	case restriction.ScopeAPPLICATION:
		return r.TargetID == o.ApplicationID
	case restriction.ScopeSERVICE:
		return r.TargetID == o.ServiceID
	case restriction.ScopeCLASS:
		return r.TargetID == o.Class
	}
	return true
}

// Denial reports whether one of the restrictions due denies a permission on an
// object. Its refusal states the clause and what would lift it. The oldest
// restriction is named; but an acceptance of terms isn't asked for while
// another restriction prevents it.
func Denial(due []*db.Restriction, p authz.Permission, o authz.Object) (clause.Refusal, bool) {
	var named *db.Restriction
	var by clause.Ref
	for _, r := range due {
		ref, denied := authz.Law().Denies(r.Code, p)
		if !denied || !Covers(r, o) {
			continue
		}
		_, ends := authz.Law().Denies(r.Code, authz.TermsAccept)
		if named == nil || ends && named.Code == TermsAcceptanceRequired.Code {
			named, by = r, ref
		}
	}
	if named == nil {
		return clause.Refusal{}, false
	}
	if by == "" {
		by = clause.Ref(named.Clause)
	}
	return Refusal(named).By(by), true
}

// Situation completes the refusal of a restriction by the account's present
// state.
type Situation func(ctx context.Context, c *db.Client, accountID string, r clause.Refusal) (clause.Refusal, error)

var situations = map[string]Situation{}

// Situate lets the unit that causes a restriction complete its refusal, by its
// code. It returns the code; for variables of a package, at program start.
func Situate(code string, how Situation) string {
	situations[code] = how
	return code
}

// Situated returns the refusal of a restriction with the remedy that remains:
// what was already submitted only has to be awaited (5.2), and the amount owed
// is added (3.8).
func Situated(ctx context.Context, c *db.Client, accountID string, r clause.Refusal) (clause.Refusal, error) {
	if how := situations[r.Code]; how != nil {
		return how(ctx, c, accountID, r)
	}
	if r.Code != VerificationRequired.Code {
		return r, nil
	}
	pending, err := c.Verification.Query().Where(verification.PendingKey(accountID)).Exist(ctx)
	if pending {
		r = r.Lift(awaitReview)
	}
	return r, err
}

// Refusal returns the refusal that a restriction gives, declared under its
// code.
func Refusal(r *db.Restriction) clause.Refusal {
	refusal, ok := clause.Declared(r.Code)
	if !ok {
		refusal = Restricted
	}
	refusal = refusal.By(clause.Ref(r.Clause)).With("since", r.Since.UTC()).With("accountId", r.AccountID).With("causeId", r.CauseID)
	if r.Reason != nil {
		refusal = refusal.With("reason", *r.Reason)
	}
	return refusal
}
