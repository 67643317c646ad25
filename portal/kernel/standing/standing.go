// Package standing keeps what restricts an account. Standing is pushed: the
// unit that knows the cause restricts and lifts in its own transaction; what is
// in force is read, never derived on the way of a request.
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

// Cause says what to restrict, and why.
type Cause struct {
	// Scope says how far it reaches: ALL, ACCOUNT, APPLICATION, SERVICE, CLASS.
	Scope restriction.Scope
	// AccountID is whose; empty with scope ALL.
	AccountID string
	// TargetID is the application, the service, or the charging class.
	TargetID string
	// Code is a restriction of policy.csv.
	Code string
	// Clause is the clause that it rests on.
	Clause clause.Ref
	// ID is what caused it: a verification, a terms version, a bill, a case.
	ID string
	// Since is from when it holds; it may lie ahead. Zero is now.
	Since time.Time
	// Reason is an operator's, if there is one.
	Reason string
}

func (c Cause) key() string {
	return strings.Join([]string{c.AccountID, c.Code, c.TargetID, c.ID}, "|")
}

// Restrict puts a restriction in force from its Since on. Restricting again by
// the same cause changes nothing. For units only; which clause it serves is
// the cause's.
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
	if ent.IsDuplicate(err) { // a twin was faster
		return ent.ErrStale
	}
	return err
}

// Lift ends, from now on, every restriction of an account by a code and a
// cause; one that lies ahead never comes into force. A restriction of
// everyone is lifted for this account alone. Lifting what isn't restricted
// changes nothing.
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

// End lets what restricts an account by a code and a cause, or with an empty
// account everyone, run out at an instant that may lie ahead: from then on
// another cause takes its place. What single accounts had lifted of it ends with
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

// Due reads what restricts an account at an instant, oldest first: its own
// rows and those of everyone that it has not had lifted. One query.
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

// Denial tells whether one of the restrictions due denies a permission on an
// object, with the refusal that says by which clause and what would lift it. It is
// the oldest of them; but no acceptance is asked for while another one keeps the
// account from giving it.
func Denial(due []*db.Restriction, p authz.Permission, o authz.Object) (clause.Refusal, bool) {
	var told *db.Restriction
	var by clause.Ref
	for _, r := range due {
		ref, denied := authz.Law().Denies(r.Code, p)
		if !denied || !Covers(r, o) {
			continue
		}
		_, ends := authz.Law().Denies(r.Code, authz.TermsAccept)
		if told == nil || ends && told.Code == TermsAcceptanceRequired.Code {
			told, by = r, ref
		}
	}
	if told == nil {
		return clause.Refusal{}, false
	}
	if by == "" {
		by = clause.Ref(told.Clause)
	}
	return Refusal(told).By(by), true
}

// Situation completes the refusal of a restriction by what holds for the account
// now.
type Situation func(ctx context.Context, c *db.Client, accountID string, r clause.Refusal) (clause.Refusal, error)

var situations = map[string]Situation{}

// Situate lets the unit that causes a restriction complete its refusal, by its
// code. It returns the code; for variables of a package, at program start.
func Situate(code string, how Situation) string {
	situations[code] = how
	return code
}

// Situated is the refusal of a restriction with the remedy that is left: what
// was done of it already is only waited for (5.2), and what is owed is told (3.8).
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

// Refusal is the refusal that a restriction gives: declared under its code.
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
